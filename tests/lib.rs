//! What the workspace-level tests share. The tests themselves lie beside this file, a file for each promise.
