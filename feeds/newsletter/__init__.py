"""Stage 3: posts and a reader's choices become a message.

``selection`` decides what is new to a reader, and ``slots`` when that is due. ``digest`` and ``notice``
render subject, text and HTML from templates (``rendering`` holds what both share, ``wording`` cuts lines to
size); ``fields`` says which header fields a mail carries and ``headers`` how a field is written.
``message`` joins all of it into a skeleton whose ``holes`` are filled in for each reader with the links
that ``tokens`` signs, and ``encodings`` makes the skeleton's bodies wire-ready. ``publication`` is what
all mails of one publisher have in common, and ``dkim`` signs them. Nothing here reads a clock, a file or
the network.
"""
