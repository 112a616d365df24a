"""`leadwright send` and `leadwright mailbox`."""

import asyncio

import uvloop

from leadwright.kit import config, terminal


def send() -> None:
    """Hand due messages to the relay, or to the built-in mailbox; as many of these as needed, anywhere."""
    with terminal.installation("send"):
        from leadwright.engage import sending, signatures

        try:
            signatures.check()
            uvloop.run(sending.run())
        except (config.BadSetting, signatures.BadKey) as error:
            terminal.wrong(str(error))


def mailbox() -> None:
    """Run the built-in mailbox: an SMTP server on loopback that keeps what it gets."""
    with terminal.installation("mailbox"):
        from leadwright.engage import mailbox as server

        asyncio.run(server.serve())
