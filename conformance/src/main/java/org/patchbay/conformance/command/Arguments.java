package org.patchbay.conformance.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.patchbay.conformance.ConformanceReport;

/**
 * What the command was asked for.
 *
 * @param bundle the bundle under test
 * @param others bundles that it needs besides the platform's
 * @param type the backend type to run, or null for each
 * @param keys the backend's configuration
 * @param reports the folder for reports
 */
record Arguments(
    Path bundle, List<Path> others, @Nullable String type, Map<String, String> keys, Path reports) {

  static final String USAGE =
      "Usage: ./patchbay conformance [--with BUNDLE.jar]... [--reports DIR] BUNDLE.jar"
          + " [type=TYPE] [KEY=VALUE]...";

  /**
   * Reads a command line and looks at the files that it names.
   *
   * @throws CommandException if something in it is wrong
   */
  static Arguments parse(String... arguments) throws CommandException {
    List<Path> others = new ArrayList<>();
    Path bundle = null;
    Path reports = ConformanceReport.defaultFolder();
    Map<String, String> keys = new LinkedHashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      int equals = argument.indexOf('=');
      if (argument.equals("--with") || argument.equals("--reports")) {
        if (++i == arguments.length) {
          throw new CommandException(argument + " needs a value. " + USAGE);
        }
        if (argument.equals("--with")) {
          others.add(bundle(Path.of(arguments[i])));
        } else {
          reports = Path.of(arguments[i]);
        }
      } else if (argument.startsWith("--")) {
        throw new CommandException(
            "'" + argument + "' is no option; there are --with and --reports. " + USAGE);
      } else if (bundle == null) {
        bundle = bundle(Path.of(argument));
      } else if (equals < 1) {
        throw new CommandException("'" + argument + "' is not of the form KEY=VALUE. " + USAGE);
      } else {
        String key = argument.substring(0, equals);
        if (keys.put(key, argument.substring(equals + 1)) != null) {
          throw new CommandException("the key " + key + " is given twice.");
        }
      }
    }
    if (bundle == null) {
      throw new CommandException("conformance needs a bundle. " + USAGE);
    }
    String type = keys.remove("type");
    return new Arguments(bundle, others, type, keys, reports);
  }

  /** Looks whether a file is a bundle. */
  private static Path bundle(Path file) throws CommandException {
    if (Files.notExists(file)) {
      throw new CommandException("there is no file " + file + ".");
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new CommandException(file + " is not a file that can be read.");
    }
    try (JarFile jar = new JarFile(file.toFile())) {
      Manifest manifest = jar.getManifest();
      if (manifest == null
          || manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME) == null) {
        throw new CommandException(
            file
                + " is a jar, but no OSGi bundle: its manifest has no "
                + Constants.BUNDLE_SYMBOLICNAME
                + ".");
      }
      return file.toAbsolutePath();
    } catch (IOException e) {
      throw new CommandException(file + " is not a jar: " + e.getMessage() + ".");
    }
  }

  /** The bundle's file name without its ending. */
  String bundleName() {
    String name = String.valueOf(bundle.getFileName());
    return name.endsWith(".jar") ? name.substring(0, name.length() - 4) : name;
  }
}
