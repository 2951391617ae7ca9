;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; All packages of a Guix, with what tells which software each is: the addresses
;;; of its source, its name there, its build system.  Whoever looks for the
;;; packages of other ecosystems' names keeps this, since it is the same until
;;; there is another Guix.
;;;
;;; Code:

(define-module (binder-lite catalogue)
  #:use-module ((binder-lite lookup) #:select (load-packages))
  #:use-module (gnu packages)
  #:use-module (guix build-system)
  #:use-module (guix diagnostics)
  #:use-module (guix discovery)
  #:use-module (guix git-download)
  #:use-module (guix hg-download)
  #:use-module (guix packages)
  #:use-module (guix svn-download)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:export (catalogue
            package-urls))

(define (catalogue)
  "Return all packages that can be asked for by name, for guile-json."
  (load-packages)
  (let ((bindings (package-bindings)))
    (list->vector (fold-packages
                   (lambda (package result)
                     (cons (package->entry package
                                           (hashq-ref bindings package))
                           result))
                   '()))))

(define (package->entry package binding)
  "Return what is known of PACKAGE, which has BINDING; what is not known, or
empty, is left out."
  (filter (match-lambda
            ((_ . (or #f #())) #f)
            (_                 #t))
          `(("name"       . ,(package-name package))
            ("version"    . ,(package-version package))
            ("build"      . ,(symbol->string
                              (build-system-name
                               (package-build-system package))))
            ("upstream"   . ,(assq-ref (package-properties package)
                                       'upstream-name))
            ("urls"       . ,(list->vector (package-urls package)))
            ("outputs"    . ,(match (package-outputs package)
                               (("out") #f)
                               (outputs (list->vector outputs))))
            ("home"       . ,(package-home-page package))
            ("propagated" . ,(list->vector (propagated package)))
            ("superseded" . ,(and=> (package-superseded package)
                                    package-name))
            ("module"     . ,(and=> binding binding-module))
            ("variable"   . ,(match binding
                               ((_ . variable)
                                (and (not (string=? variable
                                                    (package-name package)))
                                     variable))
                               (_ #f))))))


;;;
;;; Where packages are defined.
;;;

;; A binding is the module that exports a package, and the name of its variable
;; there, both as strings.
(define binding-module car)

(define (package-bindings)
  "Return a table from packages to their bindings.  Of several, the one is taken
whose module defines the package, and whose name is the package's."
  (let ((table (make-hash-table 40000)))
    (fold-module-public-variables*
     (lambda (module symbol variable _)
       (match (false-if-exception (variable-ref variable))
         ((? package? package)
          (let ((new (cons module (symbol->string symbol)))
                (old (hashq-ref table package)))
            (when (or (not old)
                      (better-binding? package new old))
              (hashq-set! table package new))))
         (_ #f)))
     #f
     (all-modules (%package-module-path)))
    (let ((named (make-hash-table 40000)))
      (hash-for-each (match-lambda*
                       ((package (module . variable))
                        (hashq-set! named package
                                    (cons (module->string module)
                                          (spoken-variable package module
                                                           variable)))))
                     table)
      named)))

(define (better-binding? package binding1 binding2)
  (define (rank binding)
    (match binding
      ((module . variable)
       (list (if (defines? module package) "0" "1")
             (if (string=? variable (package-name package)) "0" "1")
             variable
             (module->string module)))))

  (let loop ((rank1 (rank binding1))
             (rank2 (rank binding2)))
    (match (list rank1 rank2)
      (((key1 rest1 ...) (key2 rest2 ...))
       (cond ((string<? key1 key2) #t)
             ((string=? key1 key2) (loop rest1 rest2))
             (else                 #f)))
      (_ #f))))

(define (defines? module package)
  "Return true if PACKAGE is defined in the file of MODULE."
  (let ((location (package-location package)))
    (and location
         (string-suffix? (string-append (string-join
                                         (map symbol->string
                                              (module-name module))
                                         "/")
                                        ".scm")
                         (location-file location)))))

(define (spoken-variable package module variable)
  "Return the name by which other modules have PACKAGE, VARIABLE of MODULE:
'pkg-config' is a macro around '%pkg-config'."
  (let ((name (package-name package)))
    (if (and (string=? variable (string-append "%" name))
             (module-variable module (string->symbol name)))
        name
        variable)))

(define (module->string module)
  (string-join (map symbol->string (module-name module)) " "))

(define (package-urls package)
  "Return the addresses of PACKAGE's source."
  (match (package-source package)
    ((? origin? origin)
     (match (origin-uri origin)
       ((? string? url)           (list url))
       (((? string? urls) ...)    urls)
       ((? git-reference? git)    (list (git-reference-url git)))
       ((? hg-reference? hg)      (list (hg-reference-url hg)))
       ((? svn-reference? svn)    (list (svn-reference-url svn)))
       (_                         '())))
    (_ '())))

(define (propagated package)
  "Return what a profile with PACKAGE has because of it, as NAME@VERSION.  Two
versions of one package cannot be in a profile."
  (filter-map (match-lambda
                ((_ (? package? input) . _)
                 (package-full-name input "@"))
                (_ #f))
              (package-propagated-inputs package)))
