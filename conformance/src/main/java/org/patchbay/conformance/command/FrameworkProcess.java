package org.patchbay.conformance.command;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * The process with the framework. Arguments: the distribution's folder, a temporary folder, the
 * bundle under test, other bundles (separated as a class path is), the backend type or nothing, and
 * KEY=VALUE pairs.
 */
public final class FrameworkProcess {

  private static final int FIRST_KEY = 5;
  private static final long STOP_MILLIS = 5_000;

  /** Folders of the distribution with what backends stand on, see its assembly. */
  private static final List<String> LEVELS = List.of("01", "02", "03");

  /** Bundles in these folders that no backend needs, and that would watch folders or listen. */
  private static final List<String> LEFT_OUT =
      List.of("org.apache.felix.fileinstall", "org.apache.felix.gogo");

  private FrameworkProcess() {}

  /** Runs the kit; the process ends with it. */
  public static void main(String[] arguments) {
    endWithInput();
    int status = 0;
    try {
      run(arguments);
    } catch (Exception | Error e) {
      e.printStackTrace();
      status = 1;
    }
    // Threads that a backend left must not keep the process.
    Runtime.getRuntime().halt(status);
  }

  /** The command keeps the other end of the standard input open as long as it is there. */
  private static void endWithInput() {
    Thread.ofPlatform()
        .daemon()
        .name("conformance-parent")
        .start(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is said there.
                }
              } catch (IOException e) {
                // As good as its end.
              }
              Runtime.getRuntime().halt(1);
            });
  }

  private static void run(String[] arguments) throws Exception {
    Path distribution = Path.of(arguments[0]);
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class)
            .iterator()
            .next()
            .newFramework(settings(arguments));
    framework.start();
    BundleContext context = framework.getBundleContext();
    start(context, platform(distribution));
    start(context, List.of(distribution.resolve("lib").resolve("conformance.jar")));
    runner(context).call();
    framework.stop();
    framework.waitForStop(STOP_MILLIS);
  }

  private static Map<String, String> settings(String[] arguments) {
    Map<String, String> settings = new HashMap<>();
    Path folder = Path.of(arguments[1]);
    settings.put(Constants.FRAMEWORK_STORAGE, folder.resolve("storage").toString());
    settings.put("felix.log.level", "1");
    settings.put("org.osgi.service.log.admin.loglevel", "WARN");
    settings.put(Request.LOG, folder.resolve("log").toString());
    settings.put(Request.BUNDLE, arguments[2]);
    settings.put(Request.OTHERS, arguments[3]);
    settings.put(Request.TYPE, arguments[4]);
    StringBuilder keys = new StringBuilder();
    for (int i = FIRST_KEY; i < arguments.length; i++) {
      int equals = arguments[i].indexOf('=');
      String key = arguments[i].substring(0, equals);
      settings.put(Request.KEY + key, arguments[i].substring(equals + 1));
      keys.append(keys.isEmpty() ? "" : "\n").append(key);
    }
    settings.put(Request.KEYS, keys.toString());
    return settings;
  }

  private static List<Path> platform(Path distribution) throws IOException {
    List<Path> jars = new ArrayList<>();
    for (String level : LEVELS) {
      Path folder = distribution.resolve("bundle").resolve(level);
      List<Path> found = new ArrayList<>();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.jar")) {
        for (Path jar : entries) {
          String name = String.valueOf(jar.getFileName());
          if (LEFT_OUT.stream().noneMatch(name::startsWith)) {
            found.add(jar);
          }
        }
      }
      Collections.sort(found);
      jars.addAll(found);
    }
    return jars;
  }

  private static void start(BundleContext context, List<Path> jars) throws BundleException {
    List<Bundle> bundles = new ArrayList<>();
    for (Path jar : jars) {
      bundles.add(context.installBundle("reference:" + jar.toUri()));
    }
    for (Bundle bundle : bundles) {
      if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
        bundle.start();
      }
    }
  }

  /** What the kit's bundle offers. A type of the JDK's: the kit has classes of its own in there. */
  private static Callable<?> runner(BundleContext context) throws Exception {
    Collection<ServiceReference<Callable<?>>> found =
        context.getServiceReferences(
            KitActivator.runnerType(), "(" + KitActivator.RUNNER + "=true)");
    for (ServiceReference<Callable<?>> reference : found) {
      Callable<?> runner = context.getService(reference);
      if (runner != null) {
        return runner;
      }
    }
    throw new IllegalStateException("the kit's bundle offers no runner");
  }
}
