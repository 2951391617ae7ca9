;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Run all tests of the Guile library and exit with 1 if one fails:
;;;
;;;   guix repl -L guile guile/tests/run.scm [GROUP…]
;;;
;;; Tests that need the build daemon are skipped, by name, when it does not
;;; answer; with BINDER_LITE_REQUIRE_TOOLS=1, as in CI, that is a failure.
;;;
;;; This and the other files here are modules that do nothing when they are
;;; loaded, because 'guix' loads every file of a channel when it looks for
;;; packages.  For the same reason the files to be described, some of which are
;;; broken, are text in the tests.
;;;
;;; Code:

(define-module (tests run)
  #:autoload   (tests catalogue) (catalogue-tests)
  #:autoload   (tests container) (container-tests)
  #:autoload   (tests describe) (describe-tests)
  #:autoload   (tests lookup) (lookup-tests)
  #:autoload   (tests manifest) (manifest-tests)
  #:autoload   (tests packages) (packages-tests)
  #:autoload   (tests questions) (questions-tests)
  #:autoload   (tests versions) (versions-tests)
  #:use-module (ice-9 format)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-1)
  #:use-module (srfi srfi-64))

(define (groups)
  `(("versions" . ,versions-tests)
    ("lookup" . ,lookup-tests)
    ("catalogue" . ,catalogue-tests)
    ("manifest" . ,manifest-tests)
    ("describe" . ,describe-tests)
    ("packages" . ,packages-tests)
    ("questions" . ,questions-tests)
    ("container" . ,container-tests)))

(define (main names)
  "Run the groups of NAMES, or all, and exit."
  (let ((runner (verbose-runner)))
    (test-with-runner runner
      (for-each (match-lambda
                  ((name . thunk)
                   (when (or (null? names) (member name names))
                     (test-begin name)
                     (thunk)
                     (test-end name))))
                (groups)))
    (let ((passed  (test-runner-pass-count runner))
          (failed  (+ (test-runner-fail-count runner)
                      (test-runner-xpass-count runner)))
          (skipped (test-runner-skip-count runner)))
      (format #t "~a passed, ~a failed, ~a skipped~%" passed failed skipped)
      (exit (and (zero? failed)
                 (or (zero? skipped)
                     (not (getenv "BINDER_LITE_REQUIRE_TOOLS"))))))))

(define (verbose-runner)
  "Return a test runner that says all of what fails, and what is skipped."
  (let ((runner (test-runner-null)))
    (test-runner-on-test-end! runner
      (lambda (runner)
        (match (test-result-kind runner)
          ((or 'pass 'xfail) #t)
          (kind
           (format #t "~a: ~a: ~a~%"
                   (string-join (test-runner-group-path runner) "/")
                   (test-runner-test-name runner)
                   kind)
           (for-each (match-lambda
                       (((and key (or 'expected-value 'actual-value
                                      'actual-error 'source-line))
                         . value)
                        (format #t "  ~a: ~s~%" key value))
                       (_ #t))
                     (if (eq? kind 'skip)
                         '()
                         (test-result-alist runner)))))))
    runner))

(when (string-suffix? "tests/run.scm" (car (program-arguments)))
  (main (cdr (program-arguments))))
