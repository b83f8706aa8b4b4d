package findings

import "encoding/json"

// MarshalJSON gives a rule's documentation.
func (r *Rule) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code        string   `json:"code"`
		Title       string   `json:"title"`
		Group       Group    `json:"group"`
		Severity    string   `json:"severity"`
		Since       string   `json:"since"`
		Summary     string   `json:"summary"`
		What        string   `json:"what"`
		Why         string   `json:"why"`
		Confirm     []string `json:"confirm"`
		Do          []string `json:"do"`
		Misreadings []string `json:"misreadings"`
		OtherNames  []string `json:"other_names"`
		LooksLike   []string `json:"looks_like,omitempty"`
		RFC         []string `json:"rfc"`
		Kernel      []string `json:"kernel,omitempty"`
		Sysctl      []string `json:"sysctl,omitempty"`
		Counter     []string `json:"counter,omitempty"`
		Absorbs     []string `json:"absorbs,omitempty"`
	}{r.Code, r.Title, r.Group, r.Severity.String(), r.Since, r.Summary, r.Story(), r.Why, r.Confirm, r.Do, r.Misreadings, r.OtherNames,
		r.LooksLike, r.RFC, r.Kernel, r.Sysctl, r.Counter, r.Absorbs})
}
