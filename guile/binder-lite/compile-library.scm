;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Compile this library into a directory:
;;;
;;;   guix repl -L guile guile/binder-lite/compile-library.scm DIRECTORY
;;;
;;; 'guix repl -L guile -L DIRECTORY' then loads what is there, which is quicker
;;; than to interpret the sources.  'guix pull' compiles channels by itself;
;;; this is for a library that is not pulled.  What is compiled is good for one
;;; Guix only; that it is not used for another is left to the caller.
;;;
;;; Code:

(define-module (binder-lite compile-library)
  #:use-module (guix build utils)
  #:use-module (system base compile))

(define (compile-library source target)
  "Compile all modules in SOURCE, this directory, into TARGET."
  (for-each (lambda (file)
              (let ((output (string-append target "/binder-lite"
                                           (string-drop file
                                                        (string-length source))
                                           ".go")))
                (mkdir-p (dirname output))
                (compile-file (string-append file ".scm")
                              #:output-file output
                              #:warning-level 0)))
            (map (lambda (file)
                   (string-drop-right file (string-length ".scm")))
                 (find-files source "\\.scm$"))))

(when (string-suffix? "/compile-library.scm" (car (program-arguments)))
  (compile-library (dirname (car (program-arguments)))
                   (cadr (program-arguments))))
