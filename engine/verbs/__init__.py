"""Every change of state: one function = one transaction = one right = one Protokoll line.

intake: applications · desk: people's tasks · post: messages · work: what connectors do · due: time and the reconciler ·
operate: incidents, Konten, settings · design: bundles · kommune: namespaces
"""
