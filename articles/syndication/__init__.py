"""Our own feeds of changes. A feed's way: `streams` says of what it is, `entries` what is in it, `formats`
how it is written, `answering` when it is sent; `directory` names all there are."""
