package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.startlevel.BundleStartLevel;

/**
 * Yardstick for the start: a framework with the third-party bundles of a distribution and nothing
 * else, in a process of its own. Prints {@link #UP} once they run, and ends.
 */
final class BareFelix {

  /** What it prints. */
  static final String UP = "up";

  private static final String OURS = "-bundle-";
  private static final int START_LEVEL = 15;

  private BareFelix() {}

  /**
   * The way in.
   *
   * @param arguments the distribution's folder {@code bundle}, and an empty folder for storage
   */
  public static void main(String[] arguments) throws BundleException, IOException {
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    arguments[1],
                    Constants.FRAMEWORK_BEGINNING_STARTLEVEL,
                    Integer.toString(START_LEVEL),
                    Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                    "org.osgi.service.log;version=1.5.0",
                    "felix.log.level",
                    "1"));
    framework.init();
    BundleContext context = framework.getBundleContext();
    for (BundleFolder.Entry entry : BundleFolder.entries(Path.of(arguments[0]))) {
      if (!entry.name().contains(OURS)) {
        Bundle bundle = context.installBundle(entry.location());
        bundle.adapt(BundleStartLevel.class).setStartLevel(entry.level());
        if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
          bundle.start();
        }
      }
    }
    framework.start();
    System.out.println(UP);
    System.exit(0);
  }
}
