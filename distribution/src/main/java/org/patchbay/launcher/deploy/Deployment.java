package org.patchbay.launcher.deploy;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;

/** What is known of one jar in the folder. Used by the folder's thread alone. */
final class Deployment {

  /** The file. */
  final Path file;

  /** How the file looked at the last glance, and at the one before a change. */
  @Nullable Fingerprint seen;

  /** What was examined; null if nothing was. */
  @Nullable Fingerprint examined;

  /** The copy that is examined or waits; deleted when neither. */
  @Nullable Path copy;

  /** A good jar that waits to be installed, or to take the place of what runs. */
  @Nullable BundleJar candidate;

  /** What was installed from the file. */
  @Nullable BundleJar installed;

  /** The bundle of it. */
  @Nullable Bundle bundle;

  /** Whether the bundle was started as the file asks for; it is not started twice. */
  boolean started;

  /** Whether there is no point in starting it before the file changes. */
  boolean failed;

  /** The call that did not return in time; nothing else is done with the bundle until it does. */
  @Nullable BundleCall stuck;

  /** The last sentence about it, which is not said again. */
  @Nullable String said;

  Deployment(Path file) {
    this.file = file;
  }

  /** The file's name within the home, as operators know it. */
  String label() {
    return "deploy/" + Printable.text(String.valueOf(file.getFileName()));
  }
}
