;;; SPDX-License-Identifier: GPL-3.0-or-later
;;; Make the profile that `guix pull' would have left, of a Guix and a channel that are in the
;;; store already, and tell where it is:
;;;
;;; guix repl -- pull.scm GUIX CHANNEL COMMIT
;;;
;;; All of it is Guix's own doing, but for the commits, which nobody ever made.

(use-modules (guix) (guix channels) (guix config) (guix profiles) (guix openpgp)
             (srfi srfi-1) (ice-9 match))

(define (entry channel item commit)
  (manifest-entry
    (name (symbol->string (channel-name channel)))
    (version (string-take commit 7))
    (item item)
    (properties `((source ,(provenance channel commit))))))

(define (provenance channel commit)
  ;; As `channel-instance->sexp' of (guix channels).
  `(repository
    (version 0)
    (url ,(channel-url channel))
    (branch ,(channel-branch channel))
    (commit ,commit)
    (name ,(channel-name channel))
    ,@(match (channel-introduction channel)
        (#f '())
        (introduction
         `((introduction
            (channel-introduction
             (version 0)
             (commit ,(channel-introduction-first-signed-commit introduction))
             (signer ,(openpgp-format-fingerprint
                       (channel-introduction-first-commit-signer introduction))))))))))

(match (command-line)
  ((_ guix-item channel-item commit)
   (let ((guix (find guix-channel? %default-channels))
         (testbed (channel (name 'testbed)
                           (url "https://testbed.invalid/packages.git"))))
     (with-store store
       (run-with-store store
         (mlet %store-monad
             ((drv (profile-derivation (manifest (list (entry guix guix-item commit)
                                                       (entry testbed channel-item commit)))
                                       #:hooks %channel-profile-hooks
                                       #:format-version 3)))
           (mbegin %store-monad
             (built-derivations (list drv))
             (return (format #t "~a~%" (derivation->output-path drv))))))))))
