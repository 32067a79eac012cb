"""Changes that people ask Aviary to make in the cluster: suspend, resume, promote now, retry.

Patching a cluster is in no transaction of ours, so each leaves two entries in the log: what was asked for,
before anything is done, and what became of it, out of the API server's answer. Order of the steps:
`perform` (or `taking_back`, for what is to be undone later) asks `rules` and `rights`, `records` writes,
`port` reaches the cluster; `sweep` ends what was broken off. `options` and `pages` are what people see.
"""
