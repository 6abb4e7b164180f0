"""`python -m confsvc.terminal_desk`: the desk without the rest of confsvc."""

from confsvc.terminal_desk.command import desk_command

if __name__ == "__main__":
    desk_command()
