;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; What a manifest.scm or guix.scm gives, as data: its kind, its packages, and
;;; for each of them the specification that stands for it, if one does.  The
;;; file is evaluated for that, with the rights of this process; nothing is
;;; built.  Building is left to (binder-lite container), and what packages are
;;; called elsewhere (on PyPI) to others.
;;;
;;; Code:

(define-module (binder-lite describe)
  #:use-module (binder-lite evaluation)
  #:use-module ((binder-lite lookup) #:select (load-packages
                                            resolve-specification))
  #:use-module (binder-lite problems)
  #:use-module ((guix diagnostics) #:select (location->string))
  #:use-module (guix packages)
  #:use-module (guix profiles)
  #:use-module (guix search-paths)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-26)
  #:use-module (srfi srfi-71)
  #:export (describe-file
            file->manifest
            entry-specification))

(define* (describe-file file #:key (servers '()))
  "Return what FILE, the name of a manifest.scm or guix.scm, gives: an alist for
guile-json, or a problem.  SERVERS is an alist from the name of a notebook
server to the names of the packages that it needs; when it is not empty, the
answer says which of them are missing, and whether they can be had."
  (load-packages)
  (let ((answer warnings
                (call-with-problems file
                  (lambda (source)
                    (match (evaluate source)
                      ((? problem? problem)
                       problem)
                      ((kind manifest packages)
                       `(("kind" . ,kind)
                         ,@(packages->json packages)
                         ,@(manifest->json manifest packages)
                         ,@(servers->json servers manifest))))))))
    (if (problem? answer)
        answer
        `(,@answer ("warnings" . ,(list->vector warnings))))))

(define (file->manifest file)
  "Return the manifest that FILE gives, or a problem: of a manifest.scm its own,
of a guix.scm the one of its packages' development environment."
  (let ((outcome warnings (call-with-problems file evaluate)))
    (match outcome
      ((? problem? problem) problem)
      ((_ manifest _)       manifest))))


;;;
;;; From a file to a manifest.
;;;

(define (evaluate source)
  "Return the kind, manifest, and packages that SOURCE's file gives, or a
problem."
  (if (string=? "guix.scm" (basename (source-file source)))
      ;; As 'guix shell -D -f guix.scm' has it: no modules.
      (let ((value (evaluate-file source '())))
        (if (manifest? value)
            (list "manifest" (without-duplicates (manifest-entries value)) '())
            (match (value->packages value)
              (#f
               (not-a-manifest value "a package"))
              (packages
               (list "package"
                     (without-duplicates
                      (append-map (compose manifest-entries
                                           package->development-manifest)
                                  packages))
                     packages)))))
      ;; As 'guix shell -m' has it.
      (let ((value (evaluate-file source '((guix profiles) (gnu)))))
        (if (manifest? value)
            (list "manifest" (without-duplicates (manifest-entries value)) '())
            (not-a-manifest value "a manifest")))))

(define (value->packages value)
  "Return the packages in VALUE, nested in lists or with an output in any way
that 'guix shell --file' takes, or #f."
  (match value
    ((? package? package)
     (list package))
    (((? package? package) (? string? output))
     (list package))
    ((lst ..1)
     (let ((packages (map value->packages lst)))
       (and (every identity packages)
            (concatenate packages))))
    (_ #f)))

(define (without-duplicates entries)
  "Return a manifest of ENTRIES, each item once, as 'guix shell' does."
  (manifest
   (delete-duplicates entries
                      (lambda (e1 e2)
                        (and (eq? (manifest-entry-item e1)
                                  (manifest-entry-item e2))
                             (equal? (manifest-entry-output e1)
                                     (manifest-entry-output e2)))))))

(define (not-a-manifest value expected)
  (let ((found (in-words value)))
    (problem "not-a-manifest"
             (format #f "It gives ~a where ~a is expected." found expected)
             #:hint (value-hint value expected)
             #:details `(("found" . ,found)
                         ("expected" . ,expected)))))

(define (in-words value)
  "Say what VALUE is."
  (match value
    ((? unspecified?)   "nothing")
    ((? boolean?)       "a truth value")
    ((? number?)        "a number")
    ((? string?)        "a string")
    ((? symbol?)        "a symbol")
    ((? package?)       "a package")
    ((? manifest?)      "a manifest")
    (()                 "an empty list")
    (((? package?) ..1) "a list of packages")
    (((? string?) ..1)  "a list of strings")
    ((? list?)          "a list")
    ((? vector?)        "a vector")
    ((? procedure?)     "a procedure")
    ((? struct?)
     (format #f "a record of type ~a"
             (string-trim-both (symbol->string
                                (record-type-name (struct-vtable value)))
                               (char-set #\< #\>))))
    (_                  "something else")))

(define (value-hint value expected)
  "Say how to make of VALUE what was EXPECTED, or return #f."
  (match (cons expected value)
    ((_ . (? unspecified?))
     "The last expression of the file is what it gives.")
    (("a manifest" (? string?) ..1)
     "Write (specifications->manifest LIST).")
    (("a manifest" (? package?) ..1)
     "Write (packages->manifest LIST).")
    (("a manifest" . (? package?))
     "A file that gives a package is called guix.scm; in manifest.scm, write \
(packages->manifest (list PACKAGE)).")
    (("a package" (? string?) ..1)
     "A file that gives names of packages is called manifest.scm; write \
(specifications->manifest LIST) in it.")
    (_ #f)))


;;;
;;; Specifications.
;;;

(define (entry-specification entry)
  "Return the shortest specification that gives exactly ENTRY, or #f if none
does: if its package was made or changed for the manifest, is hidden, or is no
package at all."
  (define package (manifest-entry-item entry))
  (define output (manifest-entry-output entry))

  (define (same? specification)
    (let ((package* output* (resolve-specification specification)))
      (and (eq? package package*)
           (string=? output output*))))

  (and (package? package)
       (member output (package-outputs package))
       (same-entry? entry (package->manifest-entry package output))
       (let ((suffix (if (string=? output "out")
                         ""
                         (string-append ":" output))))
         (find same?
               (list (string-append (package-name package) suffix)
                     (string-append (package-name package) "@"
                                    (package-version package) suffix))))))

(define (same-entry? entry1 entry2)
  "Return true if a profile has the same of ENTRY1 and ENTRY2, which are of one
package: their name, version, search paths, and dependencies can be changed."
  (and (equal? (manifest-entry-name entry1) (manifest-entry-name entry2))
       (equal? (manifest-entry-version entry1)
               (manifest-entry-version entry2))
       (equal? (manifest-entry-search-paths entry1)
               (manifest-entry-search-paths entry2))
       (equal? (map manifest-entry-item (manifest-entry-dependencies entry1))
               (map manifest-entry-item
                    (manifest-entry-dependencies entry2)))))


;;;
;;; As JSON.
;;;

(define (packages->json packages)
  "Return the name and version of the only one of PACKAGES."
  (match packages
    ((package)
     `(("name" . ,(package-name package))
       ("version" . ,(package-version package))))
    (_
     '(("name" . null) ("version" . null)))))

(define (manifest->json manifest packages)
  "Return what MANIFEST has.  When PACKAGES is not empty, it is their development
environment; what is none of their own inputs comes from their build systems,
and is called implicit."
  (define inputs
    (append-map (lambda (package)
                  (map cadr (package-direct-inputs package)))
                packages))

  (define (implicit? entry)
    (and (pair? packages)
         (not (memq (manifest-entry-item entry) inputs))))

  `(("entries" . ,(list->vector
                   (map (lambda (entry)
                          `(,@(entry->json entry)
                            ("implicit" . ,(implicit? entry))))
                        (manifest-entries manifest))))
    ("search_paths" . ,(list->vector
                        (delete-duplicates
                         (map search-path-specification-variable
                              (manifest-search-paths manifest)))))))

(define (entry->json entry)
  (let ((item          (manifest-entry-item entry))
        (specification (entry-specification entry)))
    `(("name" . ,(->text (manifest-entry-name entry)))
      ("version" . ,(->text (manifest-entry-version entry)))
      ("output" . ,(->text (manifest-entry-output entry)))
      ("specification" . ,(or specification 'null))
      ("location" . ,(or (and (package? item)
                              (and=> (package-location item)
                                     location->string))
                         'null))
      ("own" . ,(not specification)))))

(define (->text object)
  "Return OBJECT, which nobody has checked, as a string, or null."
  (match object
    ((? string? text) text)
    (#f 'null)
    (_ (object->string object))))

(define (servers->json servers manifest)
  "Say for each of SERVERS which of its packages MANIFEST lacks, and whether
Guix has them all."
  (define names
    (map manifest-entry-name (manifest-entries manifest)))

  (define (available? specification)
    (->bool (resolve-specification specification)))

  (define (for-each-server proc)
    (map (match-lambda
           ((server . packages) (cons server (proc packages))))
         servers))

  (if (null? servers)
      '()
      `(("missing" . ,(for-each-server
                       (lambda (packages)
                         (list->vector
                          (remove (cut member <> names) packages)))))
        ("available" . ,(for-each-server
                         (lambda (packages)
                           (every available? packages)))))))
