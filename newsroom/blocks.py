"""An article's text as blocks, the light markup its data file writes them in, and edits of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class BlockKind(StrEnum):
    """What part a block plays on the page."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    CAPTION = "caption"
    CORRECTION = "correction"
    BOX_HEADING = "box_heading"
    BOX_ITEM = "box_item"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of text, on one line."""

    kind: BlockKind
    text: str


Blocks = tuple[Block, ...]

_MARKS = {
    "## ": BlockKind.HEADING,
    "> ": BlockKind.QUOTE,
    "! ": BlockKind.CORRECTION,
    "[picture] ": BlockKind.CAPTION,
}
_BOX = "[box] "


class EditError(ValueError):
    """An edit that does not fit the text it is to change; `field` names the part at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def even(text: str) -> str:
    """`text` on one line, its white space evened out."""
    return " ".join(text.split())


def parse(text: str) -> Blocks:
    """The blocks of `text`, which a blank line divides.

    `## ` opens a heading, `> ` a quotation, `! ` a correction, `[picture] ` a picture's caption and
    `- ` each entry of a list; `[box] ` opens a fact box, its heading and the list under it. Anything
    else is a paragraph. Lines of a block are joined by a space, so Japanese keeps to one line a block.
    """
    blocks: list[Block] = []
    for chunk in re.split(r"\n\s*\n", text.strip()):
        blocks += _parse_chunk(chunk.strip())
    return tuple(blocks)


def _parse_chunk(chunk: str) -> list[Block]:
    for mark, kind in _MARKS.items():
        if chunk.startswith(mark):
            # A writer may repeat the mark on each line of the block, as in Markdown's quotations.
            lines = (line.strip().removeprefix(mark) for line in chunk.splitlines())
            return [Block(kind, even(" ".join(lines)))]
    if chunk.startswith(_BOX):
        heading, *entries = re.split(r"\n\s*- ", chunk.removeprefix(_BOX))
        return [
            Block(BlockKind.BOX_HEADING, even(heading)),
            *(Block(BlockKind.BOX_ITEM, even(entry)) for entry in entries),
        ]
    if chunk.startswith("- "):
        entries = re.split(r"\n\s*- ", chunk.removeprefix("- "))
        return [Block(BlockKind.LIST_ITEM, even(entry)) for entry in entries]
    return [Block(BlockKind.PARAGRAPH, even(chunk))] if chunk else []


# --- edits ----------------------------------------------------------------------------------------
Edit = Mapping[str, str]


def edit_blocks(blocks: Blocks, edit: Edit) -> Blocks:
    """`blocks` after one edit. A block is named by words that only it contains.

    {change, to}         puts `to` in the place of the words `change`
    {add, after|before}  puts new blocks, written as in a body, beside the block named
    {remove}             takes a block out
    {move, after|before} takes a block to another place
    {split}              divides a block in two, the second beginning with these words
    {merge}              joins a block and the one below it

    Raises EditError for an unknown or incomplete edit, and where the words named are not found in
    exactly one place.
    """
    names = [name for name in _EDITS if name in edit]
    if len(names) != 1:
        raise EditError("", f"needs exactly one of {', '.join(_EDITS)}; has {', '.join(edit) or 'nothing'}")
    operation, companions = _EDITS[names[0]]
    unknown = set(edit) - {names[0]} - companions
    if unknown:
        raise EditError(min(unknown), f"is no part of the edit '{names[0]}'")
    return operation(blocks, edit)


def find_block(blocks: Blocks, edit: Edit, field: str) -> int:
    """The index of the one block that contains the words in `edit[field]`. Raises EditError."""
    words = even(edit[field])
    found = [index for index, block in enumerate(blocks) if words and words in block.text]
    if len(found) != 1:
        raise EditError(field, f"{words!r} is in {len(found)} blocks, must be in exactly one")
    return found[0]


def _change(blocks: Blocks, edit: Edit) -> Blocks:
    at = find_block(blocks, edit, "change")
    old, text = even(edit["change"]), blocks[at].text
    if text.count(old) != 1:
        raise EditError("change", f"{old!r} is {text.count(old)} times in its block, must be once")
    if "to" not in edit:
        raise EditError("to", "is missing")
    changed = even(text.replace(old, even(edit["to"])))
    return (*blocks[:at], replace(blocks[at], text=changed), *blocks[at + 1 :])


def _add(blocks: Blocks, edit: Edit) -> Blocks:
    at = _place(blocks, edit)
    added = parse(edit["add"])
    beside = blocks[at - 1 if "after" in edit else at]
    # A list's entry added beside a fact box's belongs in the box.
    if beside.kind in (BlockKind.BOX_HEADING, BlockKind.BOX_ITEM):
        added = tuple(
            replace(block, kind=BlockKind.BOX_ITEM) if block.kind is BlockKind.LIST_ITEM else block
            for block in added
        )
    return (*blocks[:at], *added, *blocks[at:])


def _remove(blocks: Blocks, edit: Edit) -> Blocks:
    at = find_block(blocks, edit, "remove")
    return (*blocks[:at], *blocks[at + 1 :])


def _move(blocks: Blocks, edit: Edit) -> Blocks:
    at = find_block(blocks, edit, "move")
    rest = (*blocks[:at], *blocks[at + 1 :])
    to = _place(rest, edit)
    return (*rest[:to], blocks[at], *rest[to:])


def _split(blocks: Blocks, edit: Edit) -> Blocks:
    at = find_block(blocks, edit, "split")
    first, words, rest = blocks[at].text.partition(even(edit["split"]))
    if not first:
        raise EditError("split", f"{words!r} already begins its block")
    parts = (replace(blocks[at], text=first.rstrip()), replace(blocks[at], text=words + rest))
    return (*blocks[:at], *parts, *blocks[at + 1 :])


def _merge(blocks: Blocks, edit: Edit) -> Blocks:
    at = find_block(blocks, edit, "merge")
    if at + 1 == len(blocks):
        raise EditError("merge", "names the last block, which has none below it to join")
    merged = replace(blocks[at], text=f"{blocks[at].text} {blocks[at + 1].text}")
    return (*blocks[:at], merged, *blocks[at + 2 :])


def _place(blocks: Blocks, edit: Edit) -> int:
    """The index at which a block put `after` or `before` another comes to stand."""
    if ("after" in edit) == ("before" in edit):
        raise EditError("after", "give either 'after' or 'before'")
    if "after" in edit:
        return find_block(blocks, edit, "after") + 1
    return find_block(blocks, edit, "before")


_EDITS: dict[str, tuple[Callable[[Blocks, Edit], Blocks], set[str]]] = {
    "change": (_change, {"to"}),
    "add": (_add, {"after", "before"}),
    "remove": (_remove, set()),
    "move": (_move, {"after", "before"}),
    "split": (_split, set()),
    "merge": (_merge, set()),
}
