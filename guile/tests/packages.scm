;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (tests packages)
  #:use-module (binder-lite packages jupyter)
  #:use-module (guix derivations)
  #:use-module (guix packages)
  #:use-module (guix profiles)
  #:use-module (guix search-paths)
  #:use-module (guix store)
  #:use-module (srfi srfi-64)
  #:use-module (srfi srfi-1)
  #:use-module (tests fixtures)
  #:export (packages-tests))

(define (packages-tests)
  (test-assert "JupyterLab has Jupyter's search paths"
    (lset<= string=?
            '("JUPYTER_PATH" "JUPYTER_CONFIG_PATH")
            (map search-path-specification-variable
                 (manifest-search-paths
                  (packages->manifest (list python-jupyterlab))))))

  (skip-without-daemon 1)
  (test-assert "JupyterLab's derivation"
    (with-store store
      (derivation? (package-derivation store python-jupyterlab
                                       #:graft? #f)))))
