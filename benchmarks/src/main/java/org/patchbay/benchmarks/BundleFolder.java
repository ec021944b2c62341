package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.startlevel.BundleStartLevel;

/** The folder {@code bundle} of a distribution: jars in a folder for each start level. */
final class BundleFolder {

  private static final int START_LEVEL = 15;

  private BundleFolder() {}

  /**
   * Starts a framework with bundles of a distribution, each at its start level; returns when they
   * have been started.
   *
   * @param folder the distribution's folder {@code bundle}
   * @param storage an empty folder for the framework
   * @param packages what the framework exports of this class path, as its property has it
   * @param wanted which bundles to install, by the name of their jar
   */
  static Framework start(Path folder, Path storage, String packages, Predicate<String> wanted)
      throws BundleException, IOException {
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    storage.toString(),
                    Constants.FRAMEWORK_BEGINNING_STARTLEVEL,
                    Integer.toString(START_LEVEL),
                    Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                    packages,
                    "felix.log.level",
                    "1"));
    framework.init();
    try (var levels = Files.newDirectoryStream(folder, "[0-9][0-9]")) {
      for (Path level : levels) {
        install(framework.getBundleContext(), level, wanted);
      }
    }
    framework.start();
    return framework;
  }

  private static void install(BundleContext context, Path level, Predicate<String> wanted)
      throws BundleException, IOException {
    try (var jars = Files.newDirectoryStream(level, "*.jar")) {
      for (Path jar : jars) {
        if (wanted.test(jar.getFileName().toString())) {
          // By reference: used where it lies, not copied into the storage.
          Bundle bundle = context.installBundle("reference:" + jar.toUri());
          bundle
              .adapt(BundleStartLevel.class)
              .setStartLevel(Integer.parseInt(level.getFileName().toString()));
          if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
            // Only marks it: it starts when the framework reaches its level.
            bundle.start();
          }
        }
      }
    }
  }
}
