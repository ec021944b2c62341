package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.framework.BundleException;

/**
 * Yardstick for the start: a framework with the third-party bundles of a distribution and nothing
 * else, in a process of its own. Prints {@link #UP} once they run, and ends.
 */
final class BareFelix {

  /** What it prints. */
  static final String UP = "up";

  private static final String OURS = "-bundle-";
  private static final String LOG_API = "org.osgi.service.log;version=1.5.0";

  private BareFelix() {}

  /**
   * The way in.
   *
   * @param arguments the distribution's folder {@code bundle}, and an empty folder for storage
   */
  public static void main(String[] arguments) throws BundleException, IOException {
    BundleFolder.start(
        Path.of(arguments[0]), Path.of(arguments[1]), LOG_API, jar -> !jar.contains(OURS));
    System.out.println(UP);
    System.exit(0);
  }
}
