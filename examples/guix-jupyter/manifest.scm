;; SPDX-License-Identifier: 0BSD
;; What the notebook computes with, its cells say themselves.
(specifications->manifest
 (list "guix-jupyter"))
