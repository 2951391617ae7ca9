;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; What several tests need: files to be described, and whether there is a
;;; daemon.
;;;
;;; Code:

(define-module (tests fixtures)
  #:use-module (guix store)
  #:use-module ((guix utils) #:select (call-with-temporary-directory))
  #:use-module (srfi srfi-64)
  #:export (call-with-file
            skip-without-daemon))

(define (call-with-file name text proc)
  "Call PROC with the file name of a file called NAME that holds TEXT."
  (call-with-temporary-directory
   (lambda (directory)
     (let ((file (string-append (canonicalize-path directory) "/" name)))
       (call-with-output-file file
         (lambda (port)
           (display text port)))
       (proc file)))))

(define daemon?
  (let ((answer (delay (false-if-exception (with-store store #t)))))
    (lambda ()
      (force answer))))

(define (skip-without-daemon count)
  "Skip the next COUNT tests if the build daemon does not answer."
  (unless (daemon?)
    (test-skip count)))
