"""What the protocol says: a pure function of a request and of the community as it stood that day.

The rules themselves are Cedar policies, one file a clause, in a folder of ``policies`` for each protocol. Python here
computes facts about a request (standing, audience, coverage by agreements); what is allowed is written in the policies.

Import from the modules: ``request.Request``, ``decision.decide``, ``community.Community``, ``explain.refusal``,
``catalogue.CATALOGUE``, ``jsonl.decide_lines``.
"""
