/**
 * The enterprise is the tenant: it owns every customer and holds the settings. Everything else names it.
 *
 * This is what other rooms may call.
 */
export { requireCustomerContact, updateSettings } from './update-settings.js';
export { customerText, renderText, type Moment, type OwnTexts } from './customer-text.js';
