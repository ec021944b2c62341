package org.patchbay.drills;

import java.nio.file.Path;
import org.patchbay.drills.platform.Distribution;
import org.patchbay.drills.platform.VendorJar;
import org.patchbay.drills.rig.RigException;

/**
 * A bundle that is not part of the running platform and arrives in its {@code deploy/}.
 *
 * @param words what the story calls it
 * @param bundle its symbolic name
 * @param first its jar
 * @param next the jar that replaces it
 * @param nextWords what the story calls that
 * @param hasPeers whether its endpoints connect to a peer that sends each frame back; else they do
 *     that themselves
 */
record Stranger(
    String words, String bundle, Path first, Path next, String nextWords, boolean hasPeers) {

  /** The backend that a vendor builds outside of this project, in two versions. */
  static Stranger vendor() throws RigException {
    return new Stranger(
        "a stranger's jar",
        "com.example.patchbay.stream",
        VendorJar.of(VendorJar.FIRST),
        VendorJar.of(VendorJar.NEXT),
        "version " + VendorJar.NEXT,
        true);
  }

  /** A bundle that comes with each distribution but is not started with it. */
  static Stranger optional(Distribution distribution) {
    Path jar = distribution.folder().resolve("optional").resolve("fault-bundle.jar");
    return new Stranger(
        "the jar of fault-bundle", "org.patchbay.fault", jar, jar, "updated", false);
  }

  /** The console's command that makes one of its endpoints. */
  String create(String endpoint, Path socket) {
    return hasPeers
        ? "create stream name=" + endpoint + " mode=client path=" + socket
        : "create fault name=" + endpoint;
  }
}
