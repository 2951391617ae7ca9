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
  (test-equal "text: sorted, each once, with all comments"
    "\
;; Written by a test.
;;
(specifications->manifest
 (list \"jupyter\"
       \"python-numpy\"   ;a.txt:1, b.txt:2
       \"python@3.10\"))  ;runtime.txt
"
    (manifest-text '(("python@3.10" . "runtime.txt")
                     ("python-numpy" . "b.txt:2")
                     "jupyter"
                     ("python-numpy" . "a.txt:1"))
                   #:header '("Written by a test." "")))

  (test-equal "text: of nothing"
    "(specifications->manifest '())\n"
    (manifest-text '()))

  (test-equal "text: nothing gets out of a comment or a string"
    '((specifications->manifest (list "a\" (exit)")))
    (call-with-input-string (manifest-text '(("a\" (exit)" . "x\n(exit)"))
                                           #:header '("y\n(exit)"))
      (lambda (port)
        (let loop ((forms '()))
          (let ((form (read port)))
            (if (eof-object? form)
                (reverse forms)
                (loop (cons form forms))))))))

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
