package org.patchbay.conformance.command;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

/** Finds out which requirement keeps a bundle from being resolved. */
final class MissingRequirement {

  private static final Pattern PACKAGE = Pattern.compile("\\(osgi\\.wiring\\.package=([^)]*)\\)");
  private static final Pattern BOUND = Pattern.compile("\\(version>=([^)]*)\\)");
  private static final Pattern LIMIT = Pattern.compile("\\(!\\(version>=([^)]*)\\)\\)");

  private MissingRequirement() {}

  /** Sentences on requirements of a bundle that no bundle here meets; empty if all are met. */
  static List<String> of(BundleContext context, Bundle bundle) {
    List<BundleCapability> capabilities = new ArrayList<>();
    for (Bundle other : context.getBundles()) {
      BundleRevision revision = other.adapt(BundleRevision.class);
      if (revision != null) {
        capabilities.addAll(revision.getDeclaredCapabilities(null));
      }
    }
    List<String> sentences = new ArrayList<>();
    for (BundleRequirement requirement :
        bundle.adapt(BundleRevision.class).getDeclaredRequirements(null)) {
      if (isNeeded(requirement) && capabilities.stream().noneMatch(requirement::matches)) {
        sentences.add(sentence(requirement, capabilities));
      }
    }
    return sentences;
  }

  private static boolean isNeeded(BundleRequirement requirement) {
    var directives = requirement.getDirectives();
    return !Constants.RESOLUTION_OPTIONAL.equals(directives.get(Constants.RESOLUTION_DIRECTIVE))
        && !"dynamic".equals(directives.get(Constants.RESOLUTION_DIRECTIVE))
        && directives
            .getOrDefault(Constants.EFFECTIVE_DIRECTIVE, Constants.EFFECTIVE_RESOLVE)
            .equals(Constants.EFFECTIVE_RESOLVE);
  }

  private static String sentence(
      BundleRequirement requirement, List<BundleCapability> capabilities) {
    String filter = String.valueOf(requirement.getDirectives().get(Constants.FILTER_DIRECTIVE));
    Matcher name = PACKAGE.matcher(filter);
    if (!requirement.getNamespace().equals(BundleRevision.PACKAGE_NAMESPACE) || !name.find()) {
      return "the capability "
          + requirement.getNamespace()
          + " with "
          + filter
          + ", which nothing here offers";
    }
    List<String> versions = new ArrayList<>();
    for (BundleCapability capability : capabilities) {
      if (name.group(1).equals(capability.getAttributes().get(BundleRevision.PACKAGE_NAMESPACE))) {
        versions.add(String.valueOf(capability.getAttributes().get(Constants.VERSION_ATTRIBUTE)));
      }
    }
    return "the package "
        + name.group(1)
        + range(filter)
        + (versions.isEmpty()
            ? ", which no bundle here exports"
            : "; exported here is version " + String.join(" and ", versions));
  }

  private static String range(String filter) {
    Matcher limit = LIMIT.matcher(filter);
    Matcher bound = BOUND.matcher(filter);
    return (bound.find() ? " from version " + bound.group(1) : "")
        + (limit.find() ? " and below " + limit.group(1) : "");
  }
}
