"""`python -m leadwright` is `leadwright`."""

from leadwright.main.cli import main

if __name__ == "__main__":
    main()
