"""``python -m bot``: the commands."""

from bot.commands import main

if __name__ == "__main__":
    raise SystemExit(main())
