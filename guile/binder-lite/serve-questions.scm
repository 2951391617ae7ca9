;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; The script of (binder-lite questions):
;;;
;;;   guix repl -L guile guile/binder-lite/serve-questions.scm
;;;
;;; It is a module as well, because 'guix' loads every file of a channel when it
;;; looks for packages; then it does nothing.
;;;
;;; Code:

(define-module (binder-lite serve-questions)
  #:use-module (binder-lite questions))

(when (string-suffix? "/serve-questions.scm" (car (program-arguments)))
  (serve-questions))
