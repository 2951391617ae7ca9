;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Manifests made of specifications: as the text of a manifest.scm that people
;;; may read, keep, and change, and as an object.  Manifests that do more are
;;; read by (binder-lite describe).
;;;
;;; Code:

(define-module (binder-lite manifest)
  #:autoload   (binder-lite lookup) (resolve-specification)
  #:autoload   (binder-lite missing) (unknown-specification)
  #:autoload   (binder-lite problems) (raise-problem)
  #:use-module (guix profiles)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:export (manifest-text
            manifest-of-specifications
            manifest-with-specifications))

(define* (manifest-text specifications #:key (header '()))
  "Return the text of a manifest.scm of SPECIFICATIONS, each of which is a
string or a pair of a string and a comment.  It depends on nothing else: they
are sorted, each is there once, with the comments of all its occurrences.
HEADER is a list of lines to be put on top as comments."
  (string-append
   (string-concatenate
    (map (lambda (line)
           (string-append (string-trim-right
                           (string-append ";; " (one-line line)))
                          "\n"))
         header))
   (match (merge-comments specifications)
     (()
      "(specifications->manifest '())\n")
     (((specifications . comments) ...)
      (let* ((count (length specifications))
             (items (map (lambda (specification n)
                           (string-append
                            (if (= n 0) " (list " "       ")
                            (object->string specification)
                            (if (= n (1- count)) "))" "")))
                         specifications (iota count)))
             (width (apply max (map string-length items))))
        (string-append
         "(specifications->manifest\n"
         (string-concatenate
          (map (lambda (item comments)
                 (string-append
                  (match comments
                    (() item)
                    (_  (string-append (string-pad-right item (+ 2 width))
                                       ";" (string-join comments ", "))))
                  "\n"))
               items comments))))))))

(define (merge-comments specifications)
  "Return SPECIFICATIONS sorted, as pairs of a string and a sorted list of the
comments on it."
  (define specification-of
    (match-lambda
      ((specification . _) specification)
      (specification       specification)))

  (define comment-of
    (match-lambda
      ((_ . (? string? comment)) (one-line comment))
      (_                         #f)))

  (map (lambda (specification)
         (cons specification
               (sort (delete-duplicates
                      (filter-map (lambda (item)
                                    (and (string=? specification
                                                   (specification-of item))
                                         (comment-of item)))
                                  specifications))
                     string<?)))
       (sort (delete-duplicates (map specification-of specifications))
             string<?)))

(define (one-line text)
  "Return TEXT on one line, so that none of it gets out of a comment."
  (string-join (string-tokenize text)))

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
