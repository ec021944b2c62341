package org.patchbay.launcher.deploy;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** The activator of a test's bundle that cannot start. */
public final class ThrowingActivator implements BundleActivator {

  @Override
  public void start(BundleContext context) {
    throw new IllegalStateException("no \u001b[2Jlicense\nfound");
  }

  @Override
  public void stop(BundleContext context) {}
}
