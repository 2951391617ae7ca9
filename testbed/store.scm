;;; SPDX-License-Identifier: GPL-3.0-or-later
;;; What the testbed does to the store besides building.
;;;
;;; guix repl -- store.scm plan              tell the store paths of the seed's outputs, one a line
;;; guix repl -- store.scm register FILE…    enter store items into the daemon's database
;;; guix repl -- store.scm add DIRECTORY…    add directories to the store; tell where they lie
;;;
;;; Guix computes where a package goes from what it would be built of; what lies there when the
;;; daemon's database has it is never built.

(use-modules (guix) (guix packages) (guix store database) (gnu packages)
             ((guix build store-copy) #:select (store-info))
             (srfi srfi-1) (ice-9 match))

(define %seed
  ;; What the profiles of any manifest need, and what containers do.
  `(("guile" ,(default-guile))
    ("guile" ,(@ (gnu packages guile) guile-3.0))
    ("locales" ,((@ (gnu packages base) libc-utf8-locales-for-target)))
    ,@(map (lambda (name)
             (list name (specification->package name)))
           '("bash" "bash-minimal" "coreutils" "gzip" "mkfontdir" "mkfontscale"))
    ("install-info" ,(@ (gnu packages texinfo) texinfo))))

(define (plan store)
  (for-each (match-lambda
              ((name package)
               (for-each (lambda (package)
                           (match (package-outputs package)
                             ((outputs ...)
                              (for-each
                               (lambda (output)
                                 (format #t "~a ~a ~a~%" name output
                                         (derivation->output-path
                                          (package-derivation store package #:graft? #f)
                                          output)))
                               outputs))))
                         (filter-map identity
                                     (list package (package-replacement package))))))
            %seed))

(define (register files)
  (with-database (string-append (@ (guix config) %store-database-directory) "/db.sqlite") db
    (register-items db (map (lambda (file) (store-info file #f '())) files))))

(define (add store directories)
  (for-each (lambda (directory)
              (format #t "~a~%" (add-to-store store (string-append (basename directory) "-files")
                                              #t "sha256" directory)))
            directories))

(match (command-line)
  ((_ "plan") (with-store store (plan store)))
  ((_ "register" files ...) (register files))
  ((_ "add" directories ...) (with-store store (add store directories))))
