;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (tests manifest)
  #:use-module (binder-lite manifest)
  #:use-module ((guix diagnostics) #:select (condition-fix-hint fix-hint?))
  #:use-module (guix profiles)
  #:use-module (srfi srfi-34)
  #:use-module (srfi srfi-64)
  #:export (manifest-tests))

(define (names manifest)
  (map manifest-entry-name (manifest-entries manifest)))

(define (manifest-tests)
  (test-equal "object"
    '("hello" "glib")
    (names (manifest-of-specifications '("hello" "glib:bin"))))

  (test-assert "object: unknown package"
    (guard (c ((fix-hint? c)
               (string-contains (condition-fix-hint c) "hello")))
      (manifest-of-specifications '("helo"))
      #f))

  (test-equal "with more"
    '("hello" "datamash")
    (names (manifest-with-specifications
            (manifest-of-specifications '("hello"))
            '("datamash" "hello")))))
