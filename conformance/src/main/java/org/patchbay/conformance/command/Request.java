package org.patchbay.conformance.command;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;

/**
 * What a framework was started for, as its properties tell.
 *
 * @param log the file for the {@link RunLog}
 * @param bundle the bundle under test
 * @param others bundles that it needs besides the platform's
 * @param type the backend type to run, or null for each
 * @param keys the backend's configuration
 */
record Request(
    Path log, Path bundle, List<Path> others, @Nullable String type, Map<String, String> keys) {

  /** Framework property: the file for the log. */
  static final String LOG = "patchbay.conformance.log";

  /** Framework property: the bundle under test. */
  static final String BUNDLE = "patchbay.conformance.bundle";

  /** Framework property: other bundles, separated as a class path is. */
  static final String OTHERS = "patchbay.conformance.others";

  /** Framework property: the backend type, or empty. */
  static final String TYPE = "patchbay.conformance.type";

  /** Framework property: the names of the configuration's keys, one a line. */
  static final String KEYS = "patchbay.conformance.keys";

  /** Begins the framework property of each key of the configuration. */
  static final String KEY = "patchbay.conformance.key.";

  /** Reads the request. */
  static Request of(BundleContext context) {
    List<Path> others = new ArrayList<>();
    for (String other : property(context, OTHERS).split(File.pathSeparator, -1)) {
      if (!other.isEmpty()) {
        others.add(Path.of(other));
      }
    }
    Map<String, String> keys = new LinkedHashMap<>();
    for (String key : property(context, KEYS).split("\n", -1)) {
      if (!key.isEmpty()) {
        keys.put(key, property(context, KEY + key));
      }
    }
    String type = property(context, TYPE);
    return new Request(
        Path.of(property(context, LOG)),
        Path.of(property(context, BUNDLE)),
        others,
        type.isEmpty() ? null : type,
        keys);
  }

  private static String property(BundleContext context, String name) {
    String value = context.getProperty(name);
    return value == null ? "" : value;
  }
}
