;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Manifests made of specifications.  Those that do more are read by
;;; (binder-lite describe); the text of a manifest.scm is written elsewhere, in
;;; Python.
;;;
;;; Code:

(define-module (binder-lite manifest)
  #:autoload   (binder-lite lookup) (resolve-specification)
  #:autoload   (binder-lite missing) (unknown-specification)
  #:autoload   (binder-lite problems) (raise-problem)
  #:use-module (guix profiles)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:export (manifest-of-specifications
            manifest-with-specifications))

(define (manifest-of-specifications specifications)
  "Return the manifest of SPECIFICATIONS, like 'specifications->manifest', but
raise an exception with a hint where that prints and exits."
  (packages->manifest (map specification->package specifications)))

(define (manifest-with-specifications manifest specifications)
  "Return MANIFEST with those packages of SPECIFICATIONS added whose names are
not in it."
  (define names
    (map manifest-entry-name (manifest-entries manifest)))

  (concatenate-manifests
   (list manifest
         (make-manifest
          (remove (lambda (entry)
                    (member (manifest-entry-name entry) names))
                  (manifest-entries
                   (manifest-of-specifications specifications)))))))

(define (specification->package specification)
  "Return the list of the package and output that SPECIFICATION stands for."
  (match (call-with-values
             (lambda () (resolve-specification specification))
           list)
    ((#f #f)
     (raise-problem (unknown-specification specification)))
    (package+output
     package+output)))
