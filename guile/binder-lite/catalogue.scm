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
  (list->vector (fold-packages (lambda (package result)
                                 (cons (package->entry package) result))
                               '())))

(define (package->entry package)
  "Return what is known of PACKAGE; what is not known, or empty, is left out."
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
                                    package-name)))))

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
