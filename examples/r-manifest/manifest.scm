;; SPDX-License-Identifier: 0BSD
(specifications->manifest
 (list "r-minimal"
       "r-ggplot2"))
