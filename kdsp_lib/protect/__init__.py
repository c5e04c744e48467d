"""Making tables safe: sensitivity rules, secondary suppression by witnesses, insiders, and two proofs. Pure.

`sensitivity` says which cells need protection and how much, `system` what is published and what ties it together,
`pattern` which further cells to hide, `proof` that no primary can be worked out, `audit` the same again by other means.
"""
