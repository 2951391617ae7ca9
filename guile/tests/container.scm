;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Profiles and containers, for real.  They need the daemon, and from it
;;; bash-minimal and coreutils, which it may have to build.
;;;
;;; Code:

(define-module (tests container)
  #:use-module (binder-lite container)
  #:use-module (guix profiles)
  #:use-module (guix store)
  #:use-module ((guix utils) #:select (call-with-temporary-directory))
  #:use-module (ice-9 rdelim)
  #:use-module (srfi srfi-64)
  #:use-module (tests fixtures)
  #:export (container-tests))

(define %shell '("bash-minimal" "coreutils"))

(define (container-tests)
  (skip-without-daemon 1)
  (test-equal "profile of a manifest file and a server's packages, with a root"
    '(("bash-minimal" "coreutils") #t #t)
    (call-with-file "manifest.scm"
        "(specifications->manifest '(\"bash-minimal\"))"
      (lambda (file)
        (let* ((root    (string-append (dirname file) "/root"))
               (profile (manifest-file->profile file
                                                #:server %shell
                                                #:root root
                                                #:graft? #f)))
          (list (map manifest-entry-name
                     (manifest-entries (profile-manifest profile)))
                (string=? profile (readlink root))
                (store-path? profile))))))

  (skip-without-daemon 1)
  (test-equal "the root is replaced"
    #t
    (call-with-temporary-directory
     (lambda (directory)
       (let ((root (string-append directory "/root")))
         (specifications->profile '("bash-minimal") #:root root #:graft? #f)
         (string=? (specifications->profile %shell #:root root #:graft? #f)
                   (readlink root))))))

  (skip-without-daemon 1)
  (test-equal "exit status"
    7
    (in-container "exit 7"))

  (skip-without-daemon 1)
  (test-equal "command that is not there"
    127
    (run-in-container (shell-profile) '("no-such-command") #:graft? #f))

  (skip-without-daemon 1)
  (test-equal "what is shared can be written to, what is exposed cannot"
    '(0 "written")
    (call-with-temporary-directory
     (lambda (directory)
       (let ((status (in-container
                      "echo written > /shared/file &&
! echo x 2>/dev/null > /exposed/file"
                      #:shares (list (string-append directory "=/shared"))
                      #:exposes (list (string-append directory
                                                     "=/exposed")))))
         (list status
               (call-with-input-file (string-append directory "/file")
                 read-line))))))

  (skip-without-daemon 1)
  (test-equal "the current directory and the host's home are not there"
    0
    (in-container (format #f "test ! -e ~a/README.md -a \"$PWD\" = \"$HOME\""
                          (getcwd))))

  (skip-without-daemon 1)
  (test-equal "no network but the loopback"
    0
    (in-container
     ;; Two lines of headings, and one of lo.
     "test $(cat /proc/net/dev | wc -l) = 3"))

  (skip-without-daemon 1)
  (test-equal "environment: only what is preserved"
    0
    (begin
      (setenv "BINDER_LITE_A" "a")
      (setenv "BINDER_LITE_B" "b")
      (in-container "test \"$BINDER_LITE_A\" = a -a -z \"$BINDER_LITE_B\""
                    #:preserve '("^BINDER_LITE_A$")))))

(define (shell-profile)
  (specifications->profile %shell #:graft? #f))

(define (in-container text . options)
  (apply run-in-container (shell-profile) `("/bin/sh" "-c" ,text)
         #:graft? #f options))
