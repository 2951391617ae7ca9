;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; JupyterLab, which Guix 1.5.0 does not have.  It has all that JupyterLab
;;; needs; this adds the program itself, in the newest version that those
;;; packages satisfy (4.5 needs jupyterlab-server 2.28).
;;;
;;; Built so far was only the wheel, outside of Guix, and without Node.js: where
;;; this was written, Guix could neither download sources nor substitutes.
;;;
;;; Code:

(define-module (binder-lite packages jupyter)
  #:use-module (gnu packages jupyter)
  #:use-module (gnu packages python-build)
  #:use-module (gnu packages python-web)
  #:use-module (gnu packages python-xyz)
  #:use-module (guix build-system pyproject)
  #:use-module ((guix build-system python) #:select (pypi-uri))
  #:use-module (guix download)
  #:use-module (guix gexp)
  #:use-module ((guix licenses) #:prefix license:)
  #:use-module (guix packages))

(define-public python-jupyterlab
  (package
    (name "python-jupyterlab")
    (version "4.4.10")
    (source
     (origin
       (method url-fetch)
       ;; Unlike the repository, this has the front end built.
       (uri (pypi-uri "jupyterlab" version))
       (sha256
        (base32 "05d680jy97a88a1igck3mnbi3ihigbs917cakmniskmg11sh272j"))))
    (build-system pyproject-build-system)
    (arguments
     (list
      ;; The tests want a browser, Node.js, and the network.
      #:tests? #f
      #:phases
      #~(modify-phases %standard-phases
          (add-after 'unpack 'find-application-directory
            (lambda _
              ;; It looks for its front end below Python's prefix.
              (substitute* "jupyterlab/commands.py"
                (("pjoin\\(sys\\.prefix, \"share\", \"jupyter\", \"lab\"\\)")
                 (string-append "\"" #$output "/share/jupyter/lab\"")))))
          (add-before 'build 'leave-front-end-as-it-is
            (lambda _
              (setenv "HATCH_JUPYTER_BUILDER_SKIP_NPM" "1"))))))
    (native-inputs
     (list python-hatch-jupyter-builder
           python-hatchling))
    ;; The search paths JUPYTER_PATH and JUPYTER_CONFIG_PATH come with
    ;; python-jupyter-core.
    (propagated-inputs
     (list python-async-lru
           python-httpx
           python-ipykernel
           python-jinja2
           python-jupyter-core
           python-jupyter-lsp
           python-jupyter-server
           python-jupyterlab-server
           python-notebook-shim
           python-packaging
           python-setuptools
           python-tornado-6
           python-traitlets))
    (home-page "https://jupyter.org")
    (synopsis "Web-based environment for notebooks, code, and data")
    (description
     "JupyterLab is the web interface of Project Jupyter: notebooks, a text
editor, terminals, a file browser, and rich outputs, side by side.")
    (license license:bsd-3)))
