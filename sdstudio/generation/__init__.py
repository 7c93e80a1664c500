"""The studio's side of a generation: region rule, request, queue and placing of results. Plain Python, no Qt widgets."""
