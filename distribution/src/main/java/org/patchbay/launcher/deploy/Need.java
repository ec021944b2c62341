package org.patchbay.launcher.deploy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.Version;
import org.osgi.framework.VersionRange;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.ExecutionEnvironmentNamespace;
import org.osgi.framework.namespace.PackageNamespace;

/**
 * Something that a bundle cannot be without, as its manifest says.
 *
 * @param namespace of the capabilities that meet it
 * @param subject the package or bundle, or empty
 * @param range the versions of it that will do
 * @param filter what the attributes of such a capability must match, or null
 */
record Need(String namespace, String subject, VersionRange range, @Nullable Filter filter) {

  private static final VersionRange ANY = new VersionRange("0");
  private static final String API = "org.patchbay.api";
  private static final Pattern JAVA_VERSION = Pattern.compile("version=([0-9.]+)");

  /**
   * What a manifest asks for; optional and effective-later requirements are left out.
   *
   * @throws IllegalArgumentException if a header cannot be read
   */
  static List<Need> of(Attributes manifest) {
    List<Need> needs = new ArrayList<>();
    for (HeaderClause clause : HeaderClause.parse(manifest.getValue(Constants.IMPORT_PACKAGE))) {
      for (String name : clause.paths()) {
        add(needs, clause, PackageNamespace.PACKAGE_NAMESPACE, name, "version");
      }
    }
    for (HeaderClause clause : HeaderClause.parse(manifest.getValue(Constants.REQUIRE_BUNDLE))) {
      for (String name : clause.paths()) {
        add(needs, clause, BundleNamespace.BUNDLE_NAMESPACE, name, "bundle-version");
      }
    }
    String requirements = manifest.getValue(Constants.REQUIRE_CAPABILITY);
    for (HeaderClause clause : HeaderClause.parse(requirements)) {
      for (String namespace : clause.paths()) {
        add(needs, clause, namespace, "", "");
      }
    }
    return needs;
  }

  private static void add(
      List<Need> needs, HeaderClause clause, String namespace, String subject, String version) {
    Map<String, String> directives = clause.directives();
    if ("optional".equals(directives.get("resolution"))
        || !"resolve".equals(directives.getOrDefault("effective", "resolve"))) {
      return;
    }
    Object range = version.isEmpty() ? null : clause.attributes().get(version);
    String filter = directives.get("filter");
    try {
      needs.add(
          new Need(
              namespace,
              subject,
              range == null ? ANY : new VersionRange(range.toString().strip()),
              filter == null ? null : FrameworkUtil.createFilter(filter)));
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException("'" + filter + "' is no filter", e);
    }
  }

  /** Whether one of some capabilities meets it. */
  boolean isMetBy(Collection<Offer> offers) {
    return offers.stream().anyMatch(this::isMetBy);
  }

  private boolean isMetBy(Offer offer) {
    if (!offer.namespace().equals(namespace)) {
      return false;
    }
    if (!subject.isEmpty()) {
      return subject.equals(offer.attributes().get(namespace)) && range.includes(version(offer));
    }
    return filter == null || filter.matches(offer.attributes());
  }

  private static Version version(Offer offer) {
    String key =
        offer.namespace().equals(BundleNamespace.BUNDLE_NAMESPACE) ? "bundle-version" : "version";
    return offer.attributes().get(key) instanceof Version version ? version : Version.emptyVersion;
  }

  /** Whether a bundle that arrives could meet it, which no other Java and no other API does. */
  boolean mayCome() {
    return !subject.equals(API)
        && !namespace.equals(ExecutionEnvironmentNamespace.EXECUTION_ENVIRONMENT_NAMESPACE);
  }

  /** What is missing, as the end of a sentence, with what there is instead. */
  String missing(Collection<Offer> offers) {
    TreeSet<Version> others = new TreeSet<>();
    for (Offer offer : offers) {
      if (offer.namespace().equals(namespace)
          && subject.equals(offer.attributes().get(namespace))) {
        others.add(version(offer));
      }
    }
    String versions = range.equals(ANY) ? "" : " " + range;
    String there = String.join(" and ", others.stream().map(Version::toString).toList());
    return switch (namespace) {
      case PackageNamespace.PACKAGE_NAMESPACE -> {
        if (others.isEmpty()) {
          yield "it needs the package " + subject + versions + ", which no bundle here exports";
        }
        yield subject.equals(API)
            ? "it needs version "
                + range
                + " of the API "
                + API
                + ", and this platform has "
                + there
            : "it needs the package " + subject + versions + ", and there is " + there;
      }
      case BundleNamespace.BUNDLE_NAMESPACE ->
          "it needs the bundle "
              + subject
              + versions
              + (others.isEmpty() ? ", which is not here" : ", and there is " + there);
      case ExecutionEnvironmentNamespace.EXECUTION_ENVIRONMENT_NAMESPACE -> {
        Matcher java = JAVA_VERSION.matcher(String.valueOf(filter));
        yield "it needs "
            + (java.find() ? "Java " + java.group(1) : String.valueOf(filter))
            + ", and this platform runs on Java "
            + Runtime.version().feature();
      }
      default ->
          "it needs a capability "
              + namespace
              + (filter == null ? "" : " with " + filter)
              + ", which no bundle here provides";
    };
  }
}
