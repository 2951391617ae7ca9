;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;;
;;; Build a profile, and run a command in a container that has it: what 'guix
;;; shell --container' does, in two steps that can be taken apart, since one
;;; profile serves many sessions.  The profiles and the containers are the same
;;; as its own, so either can use what the other has built.
;;;
;;; Which packages a session needs, which directories it sees, and what its
;;; limits are is left to the caller.
;;;
;;; Code:

(define-module (binder-lite container)
  #:autoload   (binder-lite describe) (file->manifest)
  #:autoload   (binder-lite manifest) (manifest-of-specifications
                                       manifest-with-specifications)
  #:autoload   (binder-lite problems) (problem? raise-problem)
  #:autoload   (gnu packages bash) (bash)
  #:autoload   (gnu system file-systems) (specification->file-system-mapping)
  #:use-module (guix derivations)
  #:use-module (guix monads)
  #:use-module (guix packages)
  #:use-module (guix profiles)
  #:use-module (guix store)
  #:use-module ((guix utils) #:select (readlink*))
  #:autoload   (guix scripts environment) (assert-container-features
                                           launch-environment/container)
  #:use-module (ice-9 match)
  #:use-module (srfi srfi-26)
  #:export (manifest-file->profile
            specifications->profile
            run-in-container))


;;;
;;; Profiles.
;;;

(define* (manifest-file->profile file
                                 #:key
                                 (server '())
                                 root
                                 (system (%current-system))
                                 (graft? (%graft?)))
  "Build the profile of FILE, a manifest.scm or guix.scm, with those packages of
SERVER added, a list of specifications, whose names are not in it.  Return its
file name in the store.  When ROOT is true, make it a symbolic link to the
profile, and a garbage collector root.  FILE is evaluated with all the rights of
this process."
  (match (file->manifest file)
    ((? problem? problem)
     (raise-problem problem))
    (manifest
     (manifest->profile (manifest-with-specifications manifest server)
                        #:root root #:system system #:graft? graft?))))

(define* (specifications->profile specifications
                                  #:key
                                  (server '())
                                  root
                                  (system (%current-system))
                                  (graft? (%graft?)))
  "Like 'manifest-file->profile', for a list of specifications."
  (manifest->profile (manifest-with-specifications
                      (manifest-of-specifications specifications) server)
                     #:root root #:system system #:graft? graft?))

(define* (manifest->profile manifest #:key root system graft?)
  (parameterize ((%graft? graft?))
    (with-store store
      (let ((profile (derivation->output-path
                      (build-profile store manifest system))))
        (when root
          (register-root store profile root))
        profile))))

(define (build-profile store manifest system)
  "Return the derivation of the profile of MANIFEST, which has been built."
  (parameterize ((%guile-for-build
                  (package-derivation store (default-guile) system)))
    (run-with-store store
      ;; The same arguments as in 'guix shell', for the same profile.
      (mlet %store-monad ((derivation (profile-derivation
                                       manifest
                                       #:system system
                                       #:allow-collisions? #t
                                       #:hooks %default-profile-hooks
                                       #:locales? #t)))
        (mbegin %store-monad
          (built-derivations (list derivation))
          (return derivation))))))

(define (register-root store profile root)
  "Make ROOT a symbolic link to PROFILE, in place of what it was, and a garbage
collector root."
  (let ((root (if (string-prefix? "/" root)
                  root
                  (string-append (canonicalize-path (dirname root))
                                 "/" (basename root))))
        (new  (string-append root ".new")))
    (false-if-exception (delete-file new))
    (symlink profile new)
    (rename-file new root)
    (add-indirect-root store root)))


;;;
;;; Containers.
;;;

(define* (run-in-container profile command
                           #:key
                           (shares '())
                           (exposes '())
                           network?
                           (share-directory? #f)
                           user
                           (preserve '())
                           (graft? (%graft?)))
  "Run COMMAND, a list of strings, in a container that has the software in
PROFILE, as 'guix shell --container --profile=PROFILE' does, and return its exit
status.  SHARES and EXPOSES are lists of strings like \"SOURCE=TARGET\" or just
\"SOURCE\": what can be written to, and what can only be read.  When NETWORK? is
true, the container has the host's network; when SHARE-DIRECTORY? is, the
current directory is shared.  In there, the user is called USER, if that is not
#f.  Environment variables whose names match one of PRESERVE, a list of regular
expressions, are kept."
  (assert-container-features)
  (parameterize ((%graft? graft?))
    (with-store store
      (let* ((profile    (readlink* profile))
             (derivation (package-derivation store bash)))
        ;; Containers have it as /bin/sh.
        (build-derivations store (list derivation))
        (call-with-exit-status
         (lambda ()
           (run-with-store store
             (launch-environment/container
              #:command command
              #:bash (string-append (derivation->output-path derivation)
                                    "/bin/sh")
              #:profile profile
              #:manifest (profile-manifest profile)
              #:user user
              #:user-mappings
              (append (map (cut specification->file-system-mapping <> #t)
                           shares)
                      (map (cut specification->file-system-mapping <> #f)
                           exposes))
              #:network? network?
              #:map-cwd? share-directory?
              #:white-list (map make-regexp preserve)))))))))

(define (call-with-exit-status thunk)
  "Call THUNK, which exits as 'launch-environment/container' does with the
command's status, and return that status instead."
  (catch 'quit
    (lambda ()
      (thunk)
      0)
    (lambda (_ status)
      status)))
