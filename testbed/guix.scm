;;; SPDX-License-Identifier: GPL-3.0-or-later
;;; The program `guix' of the stand-in: Guix's own main procedure, run by the Guile beside it.
;;;
;;; The wrapper told this Guile by environment variables where its modules lie. They are known
;;; now; another Guile, started from here, must not take them for its own.

(define (main args)
  (set-program-arguments (cons (getenv "GUIX_STAND_IN") (cdr args)))
  (for-each unsetenv
            '("GUILE_SYSTEM_PATH" "GUILE_SYSTEM_COMPILED_PATH" "GUILE_SYSTEM_EXTENSIONS_PATH"
              "GCONV_PATH" "GUIX_STAND_IN"))
  (let ((guix-main (module-ref (resolve-interface '(guix ui)) 'guix-main)))
    (apply guix-main (program-arguments))))
