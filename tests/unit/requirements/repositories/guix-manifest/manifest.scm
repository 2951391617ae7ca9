;; plain, and readable without Guix
(specifications->manifest
 (list "python@3.11"
       "python-numpy"
       "python-dateutil"
       "python-pytorch@2.2"
       "graphviz"
       "coreutils"))
