package org.patchbay.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.patchbay.launcher.deploy.DeployFolder;

/**
 * The running OSGi framework with the distribution's bundles, each at the start level that its
 * folder {@code bundle/NN} names.
 */
final class Platform {
  /** The highest start level, which a running platform has. */
  private static final int START_LEVEL = 15;

  /** Begins the location of each bundle of the distribution. */
  private static final String BY_REFERENCE = "reference:";

  /** The bundle that looks for its terminal providers through the context class loader. */
  private static final String TERMINAL_BUNDLE = "org.jline";

  private final Framework framework;
  private final Path distribution;
  private final DeployFolder deploy;

  private Platform(Framework framework, Path distribution, DeployFolder deploy) {
    this.framework = framework;
    this.distribution = distribution;
    this.deploy = deploy;
  }

  /**
   * Makes the framework and installs the bundles; nothing is started yet.
   *
   * @param distribution the folder that holds {@code bundle/}
   * @param home where the platform lives
   * @param log gets what bundles log, from the first bundle on
   */
  static Platform create(Path distribution, Home home, PlatformLog log)
      throws BundleException, IOException {
    FrameworkFactory factory = ServiceLoader.load(FrameworkFactory.class).iterator().next();
    Framework framework = factory.newFramework(settings(home));
    framework.init();
    log.attach(framework.getBundleContext());
    install(framework.getBundleContext(), distribution.resolve("bundle"));
    WriteGuard guard = WriteGuard.ofThisProcess(distribution);
    DeployFolder deploy =
        new DeployFolder(
            home.deploy(),
            home.temporary(),
            framework.getBundleContext(),
            START_LEVEL,
            file -> {
              WriteGuard.Way way = guard.follow(file);
              return new DeployFolder.Checked(way.real(), way.problem());
            },
            log.deployments());
    return new Platform(framework, distribution, deploy);
  }

  private static Map<String, String> settings(Home home) {
    Map<String, String> settings = new HashMap<>();
    settings.put(Constants.FRAMEWORK_STORAGE, home.storage().toString());
    settings.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    settings.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(START_LEVEL));
    // The launcher listens to the log, so it and the log bundle must see one and the same API.
    settings.put(
        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, "org.osgi.service.log;version=\"1.5.0\"");
    settings.put("org.osgi.service.log.admin.loglevel", "INFO");
    // The framework itself: errors only, it tells the log service the rest.
    settings.put("felix.log.level", "1");
    // The prompt looks for etc/gosh_profile there.
    settings.put("gosh.home", home.folder().toString());
    settings.put("felix.fileinstall.dir", home.etc() + "," + home.deploy());
    settings.put("felix.fileinstall.tmpdir", home.temporary().toString());
    settings.put("felix.fileinstall.poll", "500");
    // Jars in deploy/ are the launcher's own, see DeployFolder.
    settings.put("felix.fileinstall.filter", ".*\\.(cfg|config)");
    settings.put("felix.fileinstall.log.level", "3");
    settings.put("felix.fileinstall.noInitialDelay", "true");
    settings.put("felix.fileinstall.start.level", Integer.toString(START_LEVEL));
    // The files in etc/ are the operator's: what changes at run time is not written back.
    settings.put("felix.fileinstall.enableConfigSave", "false");
    settings.put("felix.fileinstall.disableConfigSave", "true");
    System.getProperties()
        .forEach(
            (key, value) -> {
              if (key.toString().startsWith("felix.")) {
                settings.put(key.toString(), value.toString());
              }
            });
    return settings;
  }

  private static void install(BundleContext context, Path folder)
      throws BundleException, IOException {
    for (Path level : sorted(folder, "[0-9][0-9]")) {
      int startLevel = Integer.parseInt(level.getFileName().toString());
      for (Path jar : sorted(level, "*.jar")) {
        // By reference: the jar is used where it lies and not copied into the storage.
        Bundle bundle = context.installBundle(BY_REFERENCE + jar.toUri());
        bundle.adapt(BundleStartLevel.class).setStartLevel(startLevel);
        if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
          // Only marks it: it starts when the framework reaches its level.
          bundle.start();
        }
      }
    }
  }

  private static List<Path> sorted(Path folder, String glob) throws IOException {
    List<Path> found = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(folder, glob)) {
      entries.forEach(found::add);
    }
    Collections.sort(found);
    return found;
  }

  /**
   * Starts the bundles, up to the services; returns when they have been started. Those in deploy/
   * follow in their own time.
   */
  void start() throws BundleException {
    framework.start();
    deploy.start();
  }

  /**
   * Installs and starts the bundles of the prompt, which reads standard input and whose end ends
   * the platform.
   */
  void startPrompt() throws BundleException, IOException {
    BundleContext context = framework.getBundleContext();
    List<Bundle> prompt = new ArrayList<>();
    for (Path jar : sorted(distribution.resolve("prompt"), "*.jar")) {
      prompt.add(context.installBundle(BY_REFERENCE + jar.toUri()));
    }
    framework.adapt(FrameworkWiring.class).resolveBundles(prompt);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try {
      for (Bundle bundle : prompt) {
        if (TERMINAL_BUNDLE.equals(bundle.getSymbolicName())) {
          // The thread of the prompt inherits it.
          thread.setContextClassLoader(bundle.adapt(BundleWiring.class).getClassLoader());
        }
      }
      for (Bundle bundle : prompt) {
        bundle.start(Bundle.START_TRANSIENT);
      }
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** How many bundles are active. */
  long activeBundles() {
    return bundles().stream().filter(bundle -> bundle.getState() == Bundle.ACTIVE).count();
  }

  /** Symbolic names of the distribution's bundles that should run and do not. */
  List<String> inactiveBundles() {
    return bundles().stream()
        // Those in deploy/ start in their own time, which is told.
        .filter(bundle -> bundle.getLocation().startsWith(BY_REFERENCE))
        .filter(bundle -> bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null)
        .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
        .map(Bundle::getSymbolicName)
        .toList();
  }

  private List<Bundle> bundles() {
    List<Bundle> bundles = new ArrayList<>(List.of(framework.getBundleContext().getBundles()));
    bundles.remove(framework);
    return bundles;
  }

  /** Waits until the framework has stopped, whoever stops it. */
  void awaitStop() throws InterruptedException {
    framework.waitForStop(0);
  }

  /**
   * Stops the framework in order.
   *
   * @param limit how long that may take
   * @return true if it has stopped within the limit
   */
  boolean stop(Duration limit) throws BundleException, InterruptedException {
    deploy.close();
    framework.stop();
    framework.waitForStop(limit.toMillis());
    return (framework.getState() & (Bundle.STOPPING | Bundle.ACTIVE | Bundle.STARTING)) == 0;
  }

  /** Symbolic names of bundles that have not stopped yet, or not even started. */
  List<String> unstoppedBundles() {
    BundleContext context = framework.getBundleContext();
    if (context == null) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    for (Bundle bundle : context.getBundles()) {
      int running = Bundle.STARTING | Bundle.ACTIVE | Bundle.STOPPING;
      if (bundle != framework && (bundle.getState() & running) != 0) {
        names.add(bundle.getSymbolicName());
      }
    }
    return names;
  }
}
