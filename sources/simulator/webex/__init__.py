"""A simulated Webex: a server on this machine that answers as a partner's organisation would, faults included.

`world` is what there is (organisations, licences, people, meetings, calls), `answers` what a right connector makes of
it, and `server` the HTTP. None of it knows a connector. Nothing else imports this package: commands don't pay for it.
"""
