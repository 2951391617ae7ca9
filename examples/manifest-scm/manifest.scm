;; SPDX-License-Identifier: 0BSD
(specifications->manifest
 (list "python"
       "python-numpy"
       "python-pandas"
       "python-matplotlib"))
