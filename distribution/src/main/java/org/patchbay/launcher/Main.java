package org.patchbay.launcher;

import java.io.Console;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleException;
import org.osgi.service.log.LogLevel;

/**
 * Runs a platform until the process is told to end: by SIGTERM, SIGINT, or the end of the prompt.
 *
 * <p>System properties: {@code patchbay.home} names the home folder (default: the distribution's
 * own folder). The launcher sets it to its absolute path for bundles, and {@code patchbay.run} to
 * the folder of mode 0700 that lives as long as the platform does.
 */
public final class Main {
  private static final int FAILED = 1;

  private Main() {}

  /**
   * Runs the platform.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) {
    try {
      if (arguments.length > 0) {
        throw new LaunchException(
            "The launcher takes no arguments, but got " + List.of(arguments) + ".");
      }
      checkNativeAccess();
      run();
      // Through the shutdown hook, so that there is one way to end.
      System.exit(0);
    } catch (LaunchException e) {
      fail(e.getMessage(), null);
    } catch (InterruptedException e) {
      fail("The main thread was interrupted.", e);
    } catch (Throwable e) { // The framework's threads would keep a broken process alive.
      fail("The platform could not start: " + e, e);
    }
  }

  private static void checkNativeAccess() throws LaunchException {
    // Bundles have no module of their own: they live in unnamed modules, as this class does.
    if (!Main.class.getModule().isNativeAccessEnabled()) {
      throw new LaunchException(
          "Patchbay calls Linux functions: start the JVM with"
              + " --enable-native-access=ALL-UNNAMED, as ./patchbay run does.");
    }
  }

  private static void run()
      throws LaunchException, IOException, BundleException, InterruptedException {
    long begin = System.nanoTime();
    Path distribution = distribution();
    Path folder =
        Path.of(System.getProperty("patchbay.home", distribution.toString())).toAbsolutePath();
    Home home = Home.open(folder.normalize(), distribution);
    System.setProperty("patchbay.home", home.folder().toString());
    System.setProperty("patchbay.run", home.run().toString());
    PlatformLog log = openLog(home);
    Ending ending = new Ending(home, log);
    Runtime.getRuntime().addShutdownHook(new Thread(ending::run, "patchbay-shutdown"));

    Platform platform = Platform.create(distribution, home, log);
    ending.watch(platform);
    platform.start();
    log.write(LogLevel.INFO, announce(platform, home, begin), null);
    GuestCommands.of(home).forEach(System.out::println);
    List<String> inactive = platform.inactiveBundles();
    if (!inactive.isEmpty()) {
      log.write(LogLevel.WARN, "These bundles did not start: " + String.join(", ", inactive), null);
    }
    if (onTerminal()) {
      platform.startPrompt();
    }
    platform.awaitStop();
  }

  private static PlatformLog openLog(Home home) throws IOException {
    try {
      return new PlatformLog(home.logFile(), System.err);
    } catch (IOException e) {
      home.close();
      throw e;
    }
  }

  private static String announce(Platform platform, Home home, long begin) {
    String line =
        "Patchbay "
            + Objects.toString(Main.class.getPackage().getImplementationVersion(), "development")
            + " is up: "
            + platform.activeBundles()
            + " bundles active after "
            + (System.nanoTime() - begin) / 1_000_000
            + " ms, home "
            + home.folder()
            + ", process "
            + ProcessHandle.current().pid()
            + "; talk to it with ./patchbay exec nics, end it with "
            + (onTerminal() ? "Ctrl-D" : "Ctrl-C")
            + " or SIGTERM.";
    System.out.println(line);
    return line;
  }

  private static boolean onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** The folder that holds lib/launcher.jar. */
  private static Path distribution() throws LaunchException {
    try {
      Path jar = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path library = jar.toAbsolutePath().getParent();
      Path distribution = library == null ? null : library.getParent();
      if (distribution != null) {
        return distribution;
      }
    } catch (URISyntaxException e) {
      throw new LaunchException("The launcher's own jar cannot be found: " + e.getMessage(), e);
    }
    throw new LaunchException("The launcher's jar must lie in the folder lib of a distribution.");
  }

  private static void fail(@Nullable String sentence, @Nullable Throwable thrown) {
    System.err.println("patchbay: " + sentence);
    if (thrown != null) {
      thrown.printStackTrace();
    }
    // The hook ends the process in bounded time, also if a signal has begun it already.
    Ending.failed();
    System.exit(FAILED);
  }
}
