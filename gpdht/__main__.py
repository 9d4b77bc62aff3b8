"""`python -m gpdht` is the `gpdht` command."""

from gpdht.cli.app import main

main()
