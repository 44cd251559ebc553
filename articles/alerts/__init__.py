"""Telling followers of changes: from a change that was stored to a message that was taken, each once.

A change's way: `gathering` finds who follows it and makes messages of it, `sending` claims a message and
marks what became of it, `told` says what is in it at that moment, `mail`, `hooks` and `chats` send it (`ways`
is how that ended), and `postman` does all of this in a thread.
"""
