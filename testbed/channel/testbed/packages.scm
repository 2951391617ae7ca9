;;; SPDX-License-Identifier: GPL-3.0-or-later
;;; The packages of the testbed: files from Debian and the Python package index, each of which the
;;; daemon really builds, by moving them from the place that they were made for to the package's.
;;;
;;; `packages.data' beside this file, which testbed/make writes, tells which packages there are.

(define-module (testbed packages)
  #:use-module (guix packages)
  #:use-module (guix gexp)
  #:use-module ((guix store) #:select (%store-prefix))
  #:use-module (guix modules)
  #:use-module (guix search-paths)
  #:use-module (guix build-system trivial)
  #:use-module ((guix licenses) #:prefix license:)
  #:use-module (gnu packages)
  #:use-module ((gnu packages bash) #:select (bash-minimal))
  #:use-module (srfi srfi-1)
  #:use-module (ice-9 match))

(define %data
  (call-with-input-file (search-path %load-path "testbed/packages.data") read))

(define %packages
  ;; Name → package.
  (make-hash-table))

(define (find-package name)
  (or (hash-ref %packages name)
      (error "no such package in the testbed" name)))

(define* (search-path-for variable directory #:key (separator ":") (file-type 'directory))
  (search-path-specification (variable variable) (files (list directory))
                             (separator separator) (file-type file-type)))

(define (search-paths name)
  "Return what Guix's own package NAME declares."
  (match name
    ("python"
     (list (search-path-for "GUIX_PYTHONPATH" "lib/python3.11/site-packages")
           (search-path-for "PYTHONTZPATH" "share/zoneinfo")))
    ("python-ipykernel"                           ;it brings python-jupyter-core
     (list (search-path-for "JUPYTER_CONFIG_PATH" "etc/jupyter")
           (search-path-for "JUPYTER_PATH" "share/jupyter")))
    ("r-minimal"
     (list (search-path-for "R_LIBS_SITE" "site-library/")))
    ("git-minimal"
     (list (search-path-for "GIT_SSL_CAINFO" "etc/ssl/certs/ca-certificates.crt"
                            #:separator #f #:file-type 'regular)
           (search-path-for "GIT_EXEC_PATH" "libexec/git-core" #:separator #f)))
    ("nss-certs" (list $SSL_CERT_DIR $SSL_CERT_FILE))
    (_ '())))

(define (propagated-closure packages)
  (delete-duplicates
   (append-map (lambda (package)
                 (cons package
                       (propagated-closure (map second (package-propagated-inputs package)))))
               packages)
   eq?))

(define (builder kind tree files placeholder closure)
  "Return a G-expression that copies TREE to the output.  In FILES, it writes the output for
PLACEHOLDER, and packages for their placeholders as CLOSURE, a list of the two, has them."
  (define (hash name)
    ;; Without the directory, lest the daemon be asked for an item that there is not.
    (string-take (basename name) 32))
  (define site "/lib/python3.11/site-packages")
  #~(begin
      (use-modules (guix build graft) (guix build utils) (ice-9 vlist) (rnrs bytevectors)
                   (srfi srfi-1))
      (define items
        ;; Hash of a placeholder → what to write for it.
        (list (cons #$(hash placeholder) #$output)
              #$@(map (match-lambda ((name package) #~(cons #$(hash name) #$package)))
                      closure)))
      (define replacements
        (alist->vhash (map (lambda (item)
                             (cons (car item) (string->utf8 (basename (cdr item)))))
                           items)))
      (define (rewrite file)
        (let ((original (string-append #$tree "/" file))
              (target (string-append #$output "/" file)))
          (delete-file target)
          (call-with-input-file original
            (lambda (input)
              (call-with-output-file target
                (lambda (output)
                  (replace-store-references input output replacements)))))
          (chmod target (stat:perms (stat original)))))

      (copy-recursively #$tree #$output #:log (%make-void-port "w"))
      (for-each rewrite '#$files)
      ;; As Guix's Python build system does: a program finds its modules in any environment.
      (when #$(eq? kind 'python)
        (let* ((those-with (lambda (directory)
                             (filter file-exists?
                                     (map (lambda (item) (string-append (cdr item) directory))
                                          items))))
               (lab (string-append #$output "/share/jupyter/lab"))
               (variables
                `(("GUIX_PYTHONPATH" ":" prefix ,(those-with #$site))
                  ;; JupyterLab looks beside Python for itself and for its server's extensions.
                  ,@(if (file-exists? lab)
                        `(("JUPYTERLAB_DIR" = (,lab))
                          ("JUPYTER_CONFIG_PATH" ":" prefix ,(those-with "/etc/jupyter")))
                        '()))))
          (for-each (lambda (program)
                      (apply wrap-program program
                             #:sh #$(file-append bash-minimal "/bin/bash")
                             variables))
                    (find-files (string-append #$output "/bin") "^[^.]"))))))

(define (make-package name version kind tree propagated inputs files)
  (let* ((propagated (map find-package propagated))
         (inputs (map find-package inputs))
         (closure (propagated-closure (append inputs propagated))))
    (package
      (name name)
      (version version)
      (source #f)
      (build-system trivial-build-system)
      (arguments
       (list #:modules (source-module-closure '((guix build graft) (guix build utils)))
             #:builder (builder kind tree files (fake-path name version)
                                (map (lambda (package)
                                       (list (fake-path (package-name package)
                                                        (package-version package))
                                             package))
                                     closure))))
      (inputs (map (lambda (package) (list (package-name package) package)) inputs))
      (propagated-inputs (map (lambda (package) (list (package-name package) package)) propagated))
      (native-search-paths (search-paths name))
      (home-page "https://guix.gnu.org")
      (synopsis (string-append "Stand-in for " name))
      (description "Files of Debian or of the Python package index, for tests.")
      (license license:gpl3+))))

(define (fake-path name version)
  (assoc-ref (assoc-ref %data 'placeholders) (string-append name "-" version)))

(for-each (match-lambda
            ((name version kind tree propagated inputs files)
             (let ((package (make-package name version kind tree propagated inputs files))
                   (symbol (string->symbol name)))
               (hash-set! %packages name package)
               (module-define! (current-module) symbol package)
               (module-export! (current-module) (list symbol)))))
          (assoc-ref %data 'packages))
