;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Which Guix this is: its version, its channels and their commits, as far as
;;; it knows them.  What to do when it does not is left to others.
;;;
;;; Code:

(define-module (binder-lite versions)
  #:autoload   (guix channels) (channel-branch
                                channel-commit
                                channel-introduction
                                channel-introduction-first-commit-signer
                                channel-introduction-first-signed-commit
                                channel-name
                                channel-url
                                guix-channel?)
  #:use-module (guix config)
  #:use-module (guix describe)
  #:autoload   (guix openpgp) (openpgp-format-fingerprint)
  #:use-module (guix utils)
  #:use-module (srfi srfi-1)
  #:export (versions
            channel->json))

(define (versions)
  "Return this Guix's version, system, channels, and the profile that it lives
in, as an alist for guile-json."
  (let ((channels (current-channels)))
    `(("guix" . ,%guix-version)
      ("commit" . ,(or (and=> (find guix-channel? channels) channel-commit)
                       'null))
      ("channels" . ,(list->vector (map channel->json channels)))
      ("system" . ,(%current-system))
      ;; The time machine's is a link in a cache; what it leads to stays true.
      ("profile" . ,(or (and=> (current-profile) canonicalize-path)
                        'null)))))

(define (channel->json channel)
  `(("name" . ,(symbol->string (channel-name channel)))
    ("url" . ,(channel-url channel))
    ("branch" . ,(or (channel-branch channel) 'null))
    ("commit" . ,(or (channel-commit channel) 'null))
    ("introduction" . ,(or (and=> (channel-introduction channel)
                                  introduction->json)
                           'null))))

(define (introduction->json introduction)
  `(("commit" . ,(channel-introduction-first-signed-commit introduction))
    ("signer" . ,(openpgp-format-fingerprint
                  (channel-introduction-first-commit-signer introduction)))))
