"""Who does what next: hosts are asked in turns, work is claimed by leases, all in the database.

queue    what is due: claims, what waits, what is taken back
turns    when a host may be asked
leases   whose a row is, and the fence
keeping  leases of work under way, renewed by a thread
tidying  what is seen to at every tick besides
clock    the moment that all workers agree on
"""

from articles.claiming.clock import is_ours, now
from articles.claiming.keeping import kept
from articles.claiming.leases import begin, ending, finish, hold, still_ours
from articles.claiming.queue import claim, claimed, recall, release_all, take_back, waiting
from articles.claiming.tidying import TURNED_BACK, end_back_offs, is_time, mend_the_clock, tidy
from articles.claiming.turns import (
    Turn,
    delay_of,
    give_back,
    give_back_answered,
    give_back_refused,
    host_answered,
    host_refused,
    is_taken,
    open_host,
    reserve,
)
from articles.claiming.work import LEASE, MODELS, Job, Work

__all__ = [
    "LEASE",
    "MODELS",
    "TURNED_BACK",
    "Job",
    "Turn",
    "Work",
    "begin",
    "claim",
    "claimed",
    "delay_of",
    "end_back_offs",
    "ending",
    "finish",
    "give_back",
    "give_back_answered",
    "give_back_refused",
    "hold",
    "host_answered",
    "host_refused",
    "is_ours",
    "is_taken",
    "is_time",
    "kept",
    "mend_the_clock",
    "now",
    "open_host",
    "recall",
    "release_all",
    "reserve",
    "still_ours",
    "take_back",
    "tidy",
    "waiting",
]
