;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; The problems of what is named and is not there: packages, their versions and
;;; outputs, modules, and variables.  Each says which near names there are.
;;;
;;; Code:

(define-module (binder-lite missing)
  #:use-module (binder-lite lookup)
  #:use-module (binder-lite problems)
  #:use-module (gnu packages)
  #:use-module (guix packages)
  #:use-module ((guix ui) #:select (package-specification->name+version+output))
  #:use-module ((guix utils) #:select (package-name->name+version))
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-71)
  #:export (unknown-specification
            unknown-package
            unknown-output
            missing-module
            unbound-variable))

(define (unknown-specification specification)
  "Return the problem of SPECIFICATION, for which Guix has no package."
  (let* ((name version output
               (package-specification->name+version+output specification)))
    (match (find-packages-by-name name version)
      (()
       (unknown-package name version))
      ((package _ ...)
       (unknown-output (package-full-name package) output)))))

(define (unknown-package name version)
  (match (if version (find-packages-by-name name) '())
    (()
     (let ((near (near-names name)))
       (problem "unknown-package"
                (format #f "Guix has no package called ~a." name)
                #:hint (match near
                         (() #f)
                         (_ (format #f "Near names are ~a."
                                    (string-join near ", "))))
                #:details `(("name" . ,name)
                            ("version" . ,version)
                            ("nearest" . ,(list->vector near))))))
    (packages
     (let ((versions (delete-duplicates (map package-version packages))))
       (problem "unknown-package"
                (format #f "Guix has no version ~a of ~a." version name)
                #:hint (format #f "It has ~a." (string-join versions ", "))
                #:details `(("name" . ,name)
                            ("version" . ,version)
                            ("versions" . ,(list->vector versions))
                            ("nearest" . #())))))))

(define (unknown-output full-name output)
  (let* ((name version (package-name->name+version full-name))
         (outputs      (match (find-packages-by-name name version)
                         (() '())
                         ((package _ ...) (package-outputs package)))))
    (problem "unknown-output"
             (format #f "The package ~a has no output called ~a."
                     full-name output)
             #:hint (format #f "It has ~a." (string-join outputs ", "))
             #:details `(("name" . ,name)
                         ("version" . ,version)
                         ("output" . ,output)
                         ("outputs" . ,(list->vector outputs))))))

(define* (missing-module module #:key hint location)
  (let ((near (near-modules module)))
    (problem "missing-module"
             (format #f "There is no module ~a." module)
             #:hint (match near
                      (() hint)
                      (_ (format #f "Near names are ~a."
                                 (string-join (map object->string near) ", "))))
             #:details
             `(("name" . ,(object->string module))
               ("nearest" . ,(list->vector (map object->string near)))
               ,@(location->details location)))))

(define (unbound-variable name)
  "Return the problem of NAME being unbound, with the module that has it, which
is searched as Guix does among the modules that are loaded, and then among all
that define packages."
  (let ((module (or (known-variable-definition name)
                    (begin
                      (fold-packages (const #t) #t)
                      (known-variable-definition name))))
        (near   (near-names (symbol->string name))))
    (problem "unbound-variable"
             (format #f "~a is not defined." name)
             #:hint (match (list module near)
                      ((#f ())
                       "Did you forget a use-modules form?")
                      ((#f (nearest _ ...))
                       (format #f "Did you forget a use-modules form, or did \
you mean ~a?" nearest))
                      ((module _)
                       (format #f "Did you forget (use-modules ~a)?"
                               (module-name module))))
             #:details
             `(("name" . ,(symbol->string name))
               ("module" . ,(and=> module
                                   (compose object->string module-name)))
               ("nearest" . ,(if module #() (list->vector near)))))))

(define (known-variable-definition name)
  ;; Not exported; the search that is behind Guix's own hint.
  ((@@ (guix ui) known-variable-definition) name))
