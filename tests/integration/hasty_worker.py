"""A worker that waits only for a second, at its end, for what is in hand."""

from web import worker

worker.ENDS_WITHIN_S = 1.0
if __name__ == "__main__":
    worker.main()
